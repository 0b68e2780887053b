"""Persons: what the marketplace knows of its buyers, tells them, and forgets."""
