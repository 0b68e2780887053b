"""Polls of posts: asked, answered, and looked at."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx

from fourfold.ground.clock import ShiftedClock
from tests.builders.community import POSTS_HERE, write
from tests.conftest import Caller

TEA = {"choices": ["Tea", "Coffee", "Water"], "minutes": 5}


def ask_poll(caller: Caller, text: str = "What would you like?", rest: Any = None, **poll: Any) -> dict[str, Any]:
    """A post of the caller's with a poll."""
    return write(caller, text, poll={**TEA, **poll}, **(rest or {}))


def poll_of(caller: Caller, post: Mapping[str, Any]) -> dict[str, Any]:
    """The poll of a post, as somebody sees it."""
    return dict(caller.get(f"{POSTS_HERE}/{post['id']}").json()["poll"])


def vote(caller: Caller, post: Mapping[str, Any], *choices: str) -> httpx.Response:
    """The answer to a vote for choices that are named by their texts."""
    ids = {each["text"]: each["id"] for each in post["poll"]["choices"]}
    body = {"choice_ids": [ids[each] for each in choices]}
    return caller.put(f"{POSTS_HERE}/{post['id']}/vote", json=body)


def votes(poll: Mapping[str, Any]) -> dict[str, int | None]:
    """How many have chosen what."""
    return {each["text"]: each["votes"] for each in poll["choices"]}


def end_polls(clock: ShiftedClock, admin_sql: Callable[..., Any]) -> None:
    """Six minutes pass, and the worker looks at once at what is due by then."""
    clock.offset += timedelta(minutes=6)
    admin_sql("UPDATE ground.pgqueuer SET execute_after = now() WHERE entrypoint = 'social.polls.end'")
