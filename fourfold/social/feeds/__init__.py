"""Feeds: what the people write whom somebody reads, and what many talk about."""
