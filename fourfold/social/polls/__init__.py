"""Polls of posts: asked, answered in secret, counted, and ended."""
