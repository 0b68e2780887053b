"""Data keys: the keys that seal a tenant's fields are changed while everything runs."""
