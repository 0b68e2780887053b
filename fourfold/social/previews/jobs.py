"""Durable work of previews: looking at a page once a day at most, and forgetting those to which no post leads."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fourfold.ground.again import TryAgain, until_done
from fourfold.ground.collection import Duplicate
from fourfold.ground.durable import job
from fourfold.ground.filters import lt
from fourfold.ground.work import Desk
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.posts.queries import is_linked, post_with_id
from fourfold.social.previews.documents import PREVIEWS
from fourfold.social.previews.look import keep_picture, look_at_page
from fourfold.social.previews.queries import LINK_PREVIEWS, preview_of
from fourfold.social.previews.rules import FETCHED_FOR, digest_of

# What was found, or not, is believed for a day; where no post leads any more, it is forgotten after a week.
BELIEVED, KEPT = timedelta(days=1), timedelta(days=7)
# Pages that take long keep no more than so much of a worker busy.
LOOKING = asyncio.Semaphore(8)
AGAIN_IN = timedelta(seconds=2)
AT_ONCE = 200
NOTHING = {"title": "", "description": "", "site_name": "", "picture": None}


class OneLink(BaseModel):
    """Where a post leads."""

    post_id: UUID
    url: str


class Tidy(BaseModel):
    """All that is not shown any more."""


@job("social.previews.fetch", steps=True, attempts=3)
async def fetch_preview(desk: Desk, ask: OneLink) -> None:
    """Looks at a page, unless that was done within a day, and shows it with the post; done again it does no more."""
    view = desk.document_view()
    if not await desk.house.configuration.value(desk.who.tenant_id, LINK_PREVIEWS):
        return
    post = await post_with_id(view, ask.post_id)
    if post is None or post["state"] != "published" or post.get("link") != ask.url:
        return
    known = await preview_of(view, ask.url)
    if post["audience"] not in FETCHED_FOR or (known is not None and known["at"] > desk.now - BELIEVED):
        return
    if LOOKING.locked():
        async with desk.work() as work:
            work.later(fetch_preview, ask, at=work.now + AGAIN_IN)
        return
    async with LOOKING:
        looked = await look_at_page(desk, ask.url)
    found: dict[str, Any] = {"state": "failed", **NOTHING}
    if looked is not None:
        said = looked.said
        picture = await keep_picture(desk, ask.url, looked.picture) if looked.picture else None
        found = {
            "state": "ready", "title": said.title, "description": said.description, "site_name": said.site_name,
            "picture": picture,
        }  # fmt: skip
    await _keep(desk, ask, found)


async def _keep(desk: Desk, ask: OneLink, found: dict[str, Any]) -> None:
    async def keep() -> dict[str, Any] | None:
        async with desk.document_work() as work:
            this = {"digest": digest_of(ask.url)}
            fresh = {**found, "url": ask.url, "at": work.now}
            try:
                before = await work.documents(PREVIEWS).find_one_and_update(
                    this, {"$set": fresh}, upsert=True, after=False
                )
            except Duplicate as problem:
                raise TryAgain("another one has looked at the same page") from problem
            if found["state"] == "ready":
                post_id = str(ask.post_id)
                await append(work, post_channel(ask.post_id), "post.previewed", {"post_id": post_id})
            return before

    before = await until_done(keep)
    old = before["picture"] if before is not None else None
    if old is not None and old["key"] != (found["picture"] or {}).get("key"):
        await desk.house.storage.delete(desk.who.tenant_id, old["key"])


@job("social.previews.tidy", steps=True, behind=True)
async def tidy_previews(desk: Desk, _: Tidy) -> None:
    """Forgets what was found a week ago and more, where no post leads any more; done again it finds no more."""
    view = desk.document_view()
    async for row in view.documents(PREVIEWS).each({"at": lt(desk.now - KEPT)}, fields=["digest", "url", "picture"]):
        if await is_linked(view, row["url"]):
            continue
        if row["picture"] is not None:
            await desk.house.storage.delete(desk.who.tenant_id, row["picture"]["key"])
        await until_done(partial(_forget, desk, row["digest"]))


async def _forget(desk: Desk, digest: str) -> None:
    async with desk.document_work() as work:
        await work.documents(PREVIEWS).delete_one({"digest": digest})
