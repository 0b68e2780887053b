"""Identifiers: time-ordered UUIDs (version 7)."""

from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7

__all__ = ["UUID", "new_id", "new_text_id"]


def new_id() -> UUID:
    """A new UUIDv7: sorts by creation time, and its random part cannot be guessed."""
    return uuid7()


def new_text_id() -> str:
    """The same as text, for what is never looked into; much cheaper than a UUID that is then written out."""
    return str(uuid_utils.uuid7())
