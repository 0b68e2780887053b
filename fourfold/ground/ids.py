"""Identifiers: time-ordered UUIDs (version 7)."""

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7

__all__ = ["UUID", "first_id_at", "made_at", "new_id", "new_text_id"]
# An id begins with 48 bits of milliseconds.
_BEHIND_THE_TIME = 80


def new_id() -> UUID:
    """A new UUIDv7: sorts by creation time, and its random part cannot be guessed."""
    return uuid7()


def new_text_id() -> str:
    """The same as text, for what is never looked into; much cheaper than a UUID that is then written out."""
    return str(uuid_utils.uuid7())


def first_id_at(moment: datetime) -> UUID:
    """The smallest of the ids that are made from a moment on: those made before it are smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << _BEHIND_THE_TIME)


def made_at(made: UUID) -> datetime:
    """When an id was made."""
    return datetime.fromtimestamp((made.int >> _BEHIND_THE_TIME) / 1000, UTC)
