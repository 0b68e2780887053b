"""Fourfold: a marketplace, a community, a data platform and a business suite on one core."""
