"""Imports: catalogues that arrive as files."""
