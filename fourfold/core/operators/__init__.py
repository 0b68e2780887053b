"""Operators: the staff of the platform, who look after its tenants."""
