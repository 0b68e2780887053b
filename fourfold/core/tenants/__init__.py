"""Tenants: the companies that share one deployment and see nothing of each other."""
