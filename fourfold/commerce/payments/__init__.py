"""Payments: money that comes in, and what the gateway tells about it."""
