"""Feeds as callers read them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.builders.community import tie
from tests.conftest import Caller, Tenant

FEED = "/v1/social/feed"


def feed(caller: Caller, **asked: Any) -> list[dict[str, Any]]:
    """All pages of a feed."""
    found: list[dict[str, Any]] = []
    following: str | None = None
    for _ in range(100):
        answer = caller.get(FEED, params={**asked, **({"cursor": following} if following else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        following = page["next"]
        if following is None:
            return found
    raise AssertionError("the feed does not end")


def ids(posts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which posts these are."""
    return [each["id"] for each in posts]


def follow(tenant: Tenant, reader: Caller, *authors: Caller) -> None:
    """Has somebody follow these authors."""
    for author in authors:
        tie(tenant, reader, author, follow="yes")
