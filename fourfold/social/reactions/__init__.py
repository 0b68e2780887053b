"""Reactions: like, love, laugh, angry and sad, one of each person on each post or comment."""
