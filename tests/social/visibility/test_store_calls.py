"""What a page of posts costs: a constant number of reads, each of them by a key and for one tenant."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from fourfold.ground.document_work import DocumentView
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from fourfold.social.visibility.posts import NoSuchPost, show_post, show_posts
from tests.builders.community import handle_of, joined, repost, tie, write
from tests.builders.media import picture, sent
from tests.conftest import Caller, Tenant

MOST = 10


class Counted(CommandListener):
    """The reads that went out while it was listening."""

    def __init__(self) -> None:
        self.listening = False
        self.thread = 0
        self.calls: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        """Notes what is read; the worker, which is in a thread of its own, reads other things meanwhile."""
        is_ours = self.listening and threading.get_ident() == self.thread
        if is_ours and event.command_name in {"find", "aggregate", "getMore", "count", "distinct"}:
            self.calls.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to see."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to see."""


COUNTED = Counted()
monitoring.register(COUNTED)


def reads_of(tenant: Tenant, caller: Caller, act: Callable[[DocumentView], Awaitable[Any]]) -> list[str]:
    """What an act reads for somebody, in a house of its own."""

    async def run() -> list[str]:
        house = await open_house(tenant.running.settings, ALL, clock=tenant.running.clock)
        who = Who(
            UUID(tenant.id), tenant.slug, "account", UUID(caller.account_id),
            permissions=frozenset({"social:posts:read"}),
        )  # fmt: skip
        COUNTED.calls, COUNTED.listening, COUNTED.thread = [], True, threading.get_ident()
        try:
            await act(DocumentView(house, who))
        finally:
            COUNTED.listening = False
            await house.close()
        return COUNTED.calls

    return asyncio.run(run())


def mixture(tenant: Tenant, authors: list[Caller], number: int) -> list[UUID]:
    """Posts of every kind, by several people who name each other."""
    handles = [handle_of(each) for each in authors]
    made = []
    for turn in range(number):
        author, other = authors[turn % len(authors)], authors[(turn + 1) % len(authors)]
        post = write(author, f"Number {turn} for @{handles[(turn + 2) % len(handles)]} #tag{turn}")
        quote = write(other, "Look", quote_of=post["id"])
        made += [post, quote, repost(author, quote)]
    return [UUID(each["id"]) for each in made]


def test_a_page_costs_the_same_however_long(tenant: Tenant) -> None:
    """S-82, S-83: posts, originals, people, ties, own marks, hidden counts: ten reads at most, for 3 posts or 30."""
    *authors, viewer, cut = joined(tenant, 6)
    tie(tenant, viewer, cut, block=True)
    few, many = mixture(tenant, authors, 1), mixture(tenant, authors, 10)

    async def show(view: DocumentView, ids: list[UUID]) -> None:
        assert len(await show_posts(view, ids)) == len(ids)

    short = reads_of(tenant, viewer, lambda view: show(view, few))
    long = reads_of(tenant, viewer, lambda view: show(view, many))
    assert long == short
    assert 0 < len(long) <= MOST, long


def test_restricted_takes_what_missing_takes(tenant: Tenant) -> None:
    """S-20, I4: a post that may not be seen is refused after the same reads as one that was never there."""
    author, viewer = joined(tenant, 2)
    private = UUID(write(author, audience="me")["id"])

    async def refused(view: DocumentView, post_id: UUID) -> None:
        with pytest.raises(NoSuchPost):
            await show_post(view, post_id)

    restricted = reads_of(tenant, viewer, lambda view: refused(view, private))
    missing = reads_of(tenant, viewer, lambda view: refused(view, new_id()))
    assert restricted == missing


def test_pictures_cost_one_read_more(tenant: Tenant) -> None:
    """S-21, S-82: the pictures of a whole page are read in one go."""
    author, viewer = joined(tenant, 2)
    files = [sent(author, picture()) for _ in range(3)]
    plain = UUID(write(author)["id"])
    pictured = [UUID(write(author, media_ids=files[: number + 1])["id"]) for number in range(3)]

    async def show(view: DocumentView, ids: list[UUID]) -> None:
        assert len(await show_posts(view, ids)) == len(ids)

    without, one, several = (
        reads_of(tenant, viewer, partial(show, ids=ids)) for ids in ([plain], pictured[:1], pictured)
    )
    assert one == several
    assert sorted(one) == sorted([*without, "find social.media"])
