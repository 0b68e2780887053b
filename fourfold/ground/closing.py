"""Closing words: statements that travel with a transaction's COMMIT, since a round trip costs more than they do."""

from uuid import UUID

import orjson


def calling(function: str, told: object) -> str:
    """A call of an SQL function of one jsonb parameter, with the value written out.

    Whatever the value holds is JSON inside of one string literal: only its quotes could end that, and they are doubled
    (every connection is told to read backslashes as they are).
    """
    return calling_with(function, as_text(told))


def as_text(told: object) -> str:
    """The value as JSON."""
    return orjson.dumps(told, default=_plain).decode()


def calling_with(function: str, text: str) -> str:
    """The same call with what is JSON already."""
    quoted = text.replace("'", "''")
    return f"SELECT {function}('{quoted}'); "


def _plain(value: object) -> str:
    # The driver's ids are of a class of their own.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError
