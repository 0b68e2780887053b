"""Presence: who is here, who is away, and since when, for those who may know."""
