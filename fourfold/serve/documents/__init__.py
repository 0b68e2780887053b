"""What the API says of itself: OpenAPI documents, what was promised, the generated references."""
