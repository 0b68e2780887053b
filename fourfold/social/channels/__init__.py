"""Channels: what has happened, numbered and kept for a week, so that whoever was away misses nothing."""
