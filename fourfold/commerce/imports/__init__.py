"""Imports and exports: whole catalogues come in from a file, in the background, and go out as one."""
