"""Posts are put into the timelines of those who read them, and taken out of them again."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from fourfold.ground.configuration import Setting
from fourfold.ground.document_work import DocumentView
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import Work
from fourfold.social.feeds.documents import PULLED_AUTHORS
from fourfold.social.feeds.rules import Placed
from fourfold.social.feeds.timelines import Timelines
from fourfold.social.posts.queries import post_with_id
from fourfold.social.ties.readers import number_of_readers, readers_of

PUSHED_READERS: Setting[int] = Setting(
    "social.pushed_readers",
    Annotated[int, Field(ge=0, le=1_000_000)],
    5000,
    "Posts of authors with more readers than this are not put into each reader's feed: the feeds look for them",
)


async def spread_post(work: Work, post_id: UUID, author: UUID) -> None:
    """Puts a post into the timelines in which it belongs by now, or takes it out when it is gone; again does no more.

    When that breaks off in the middle, no timeline is believed until it is built anew, or this was done again.
    """
    view = DocumentView(work.house, work.who)
    post = await post_with_id(view, post_id)
    timelines = Timelines.of(work)
    try:
        if post is None or post["state"] not in {"published", "held"} or post["published_at"] is None:
            async for readers in readers_of(view, author):
                await timelines.take(readers, Placed(0, post_id, author))
        elif not await _is_pulled(work, view, author):
            async for readers in readers_of(view, author):
                await timelines.push(readers, Placed.at(post["published_at"], post_id, author))
    except Exception:
        with suppress(*ValkeyAway):
            await timelines.distrust()
        raise


async def forget_timelines(work: Work, people: Iterable[UUID]) -> None:
    """Has the timelines of people built anew: whom they read has changed."""
    timelines = Timelines.of(work)
    for person in people:
        await timelines.forget(person)


async def forget_author(work: Work, person: UUID) -> None:
    """Keeps nothing more about somebody who is erased."""
    await work.documents(PULLED_AUTHORS).delete_one({"_id": person})
    await Timelines.of(work).forget(person)


async def _is_pulled(work: Work, view: DocumentView, author: UUID) -> bool:
    """Whether feeds look for what an author writes; once they do, they go on, or else they would miss what was not put.

    It is written down before the first post that is not put anywhere, so no reader misses one.
    """
    marked: dict[str, Any] = {"_id": author}
    if await work.documents(PULLED_AUTHORS).exists(marked):
        return True
    most = await work.house.configuration.value(work.who.tenant_id, PUSHED_READERS, work.db)
    if await number_of_readers(view, author, most + 1) <= most:
        return False
    await work.documents(PULLED_AUTHORS).update_one(marked, {"$setOnInsert": {"since": work.now}}, upsert=True)
    return True
