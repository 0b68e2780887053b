"""Codes: what proves once, and for a while, that somebody reads an address or holds a phone."""
