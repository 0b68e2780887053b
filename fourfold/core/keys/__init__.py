"""Keys: API keys, and the service accounts that hold them."""
