"""Sockets: what happens is brought at once to those who listen."""
