"""Bookmarks: posts that a person keeps for later, in collections of their own that they may share."""
