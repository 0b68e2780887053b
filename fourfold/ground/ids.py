"""Identifiers: time-ordered UUIDs (version 7)."""

from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ["UUID", "new_id"]


def new_id() -> UUID:
    """A new UUIDv7: sorts by creation time, and its random part cannot be guessed."""
    return uuid7()
