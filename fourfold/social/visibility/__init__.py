"""Visibility: who sees which posts, comments and people, decided once for every way out."""
