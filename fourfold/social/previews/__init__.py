"""Previews: what a page says of itself to which a post leads, fetched once, cleaned, and kept here."""
