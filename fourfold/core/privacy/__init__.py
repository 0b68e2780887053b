"""Privacy: consents, what is known of a person, and forgetting it."""
