"""Mutes: words, hashtags and threads that somebody does not want to meet; nobody else learns of them."""
