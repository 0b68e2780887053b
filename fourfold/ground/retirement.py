"""Retirement: routes that will go, and how every answer of theirs tells of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from typing import Any, TypeVar

# Callers have at least so long to move.
NOTICE = timedelta(days=180)

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class TooSoon(ValueError):
    """A route would go before its callers have had the time to move."""


@dataclass(frozen=True)
class Retirement:
    """Since when a route is deprecated, when it may go, and what to use instead."""

    since: date
    sunset: date
    instead: str

    @cached_property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """`Deprecation` as of RFC 9745, `Sunset` as of RFC 8594, and a link to what follows."""
        return [
            (b"deprecation", b"@%d" % int(_midnight(self.since).timestamp())),
            (b"sunset", format_datetime(_midnight(self.sunset), usegmt=True).encode()),
            (b"link", f'<{self.instead}>; rel="successor-version"'.encode()),
        ]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def retiring(since: date, sunset: date, instead: str) -> Callable[[Endpoint], Endpoint]:
    """Marks a route as deprecated, below its router's decorator; raises `TooSoon` for less than 180 days."""
    if sunset - since < NOTICE:
        reason = f"callers have {NOTICE.days} days at least to move to {instead}"
        raise TooSoon(reason)

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.retirement = Retirement(since, sunset, instead)  # type: ignore[attr-defined]  # read by its route
        return endpoint

    return mark
