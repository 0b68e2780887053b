"""Roles: the built-in ones, a tenant's own, and who has them."""
