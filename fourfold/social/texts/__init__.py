"""Texts: Markdown that people write in posts, comments and messages, made safe, with whom and what it names."""
