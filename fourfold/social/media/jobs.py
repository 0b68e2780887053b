"""Durable work of media: making what is served of them, and removing what nobody shows any longer."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fourfold.contracts.core import Files
from fourfold.ground.again import until_done
from fourfold.ground.durable import job
from fourfold.ground.filters import lt, one_of, size_is
from fourfold.ground.storage import NoSuchFile
from fourfold.ground.work import Desk, Work
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.make import Unusable, clear_folder, make_picture, make_video
from fourfold.social.media.queries import medium_with_id
from fourfold.social.media.rules import UNFINISHED

# Whoever has sent a file for a post that was never written has had time enough to write it.
IDLE_FOR = timedelta(days=7)
AT_ONCE = 200
# Videos are made one after the other: the others wait where they keep nobody from anything.
STUDIO = asyncio.Lock()
AGAIN_IN = timedelta(seconds=15)
TOLD_EVERY = 1.0


class OneMedium(BaseModel):
    """Which file, and where what is made of it is to lie."""

    file_id: UUID
    folder: str


class OnePost(BaseModel):
    """Which post."""

    post_id: UUID


class OnePerson(BaseModel):
    """Whose media."""

    person: UUID


class Tidy(BaseModel):
    """Nothing to say: all that belongs to no post is cleared away."""


async def _give_up(work: Work, ask: OneMedium, _problem: dict[str, str]) -> None:
    failed = {"$set": {"state": "failed", "reason": "unexpected"}}
    await work.documents(MEDIA).update_one(_unfinished(ask), failed)
    work.later(clear_media_folder, ask)


def _unfinished(ask: OneMedium) -> dict[str, Any]:
    return {"_id": ask.file_id, "folder": ask.folder, "state": one_of(UNFINISHED)}


@job("social.media.process", steps=True, attempts=4, on_failed=_give_up)
async def process_medium(desk: Desk, ask: OneMedium) -> None:
    """Makes what is served of a picture or a video; done twice, it makes the same."""
    medium = await medium_with_id(desk.document_view(), ask.file_id)
    if medium is None or medium["folder"] != ask.folder:
        await clear_folder(desk, ask.folder)
    elif medium["state"] in UNFINISHED and medium["kind"] == "image":
        await _process(desk, ask, medium)
    elif medium["state"] in UNFINISHED and STUDIO.locked():
        async with desk.work() as work:
            work.later(process_medium, ask, at=work.now + AGAIN_IN)
    elif medium["state"] in UNFINISHED:
        async with STUDIO:
            await _process(desk, ask, medium)


async def _process(desk: Desk, ask: OneMedium, medium: dict[str, Any]) -> None:
    await _change(desk, ask, {"state": "processing", "progress": 0.0})
    try:
        made = {**await _made(desk, ask, medium), "state": "ready", "progress": 1.0}
    except Unusable as problem:
        made = {"state": "failed", "reason": problem.reason}
    # It may have been taken away in the meantime.
    if not await _change(desk, ask, made) or made["state"] == "failed":
        await clear_folder(desk, ask.folder)


async def _made(desk: Desk, ask: OneMedium, medium: dict[str, Any]) -> dict[str, Any]:
    stored = await desk.ask(Files).facts_of(desk.who.tenant_id, medium["by"], [ask.file_id])
    if ask.file_id not in stored:
        raise Unusable("file_removed")
    told_at = time.monotonic()

    async def tell(done: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TOLD_EVERY:
            told_at = time.monotonic()
            await _change(desk, ask, {"progress": round(min(done, 0.99), 2)})

    try:
        if medium["kind"] == "image":
            return await make_picture(desk, ask.folder, stored[ask.file_id])
        return await make_video(desk, ask.folder, stored[ask.file_id], tell)
    except NoSuchFile as problem:
        raise Unusable("file_removed") from problem


async def _change(desk: Desk, ask: OneMedium, fields: dict[str, Any]) -> bool:
    """Whether it is still there to be changed."""

    async def change() -> bool:
        async with desk.document_work() as work:
            return (await work.documents(MEDIA).update_one(_unfinished(ask), {"$set": fields})).matched > 0

    return await until_done(change)


@job("social.media.clear_folder", steps=True)
async def clear_media_folder(desk: Desk, ask: OneMedium) -> None:
    """Removes all that was made of a file and could not be made to its end."""
    await clear_folder(desk, ask.folder)


@job("social.media.release", steps=True)
async def release_media(desk: Desk, ask: OnePost) -> None:
    """Takes a post that is no more off its media; those that no other post shows go. Done again it finds no more."""
    async for row in desk.document_view().documents(MEDIA).each({"posts": ask.post_id}, fields=["folder"]):
        await _release(desk, row, {"posts": [ask.post_id]})

    async def leave() -> None:
        async with desk.document_work() as work:
            await work.documents(MEDIA).update_many({"posts": ask.post_id}, {"$pull": {"posts": ask.post_id}})

    await until_done(leave)


@job("social.media.erase", steps=True)
async def erase_media(desk: Desk, ask: OnePerson) -> None:
    """Removes all media of a person; done again it finds no more."""
    async for row in desk.document_view().documents(MEDIA).each({"by": ask.person}, fields=["folder"]):
        await _release(desk, row, {"by": ask.person})


@job("social.media.tidy", steps=True, behind=True)
async def tidy_media(desk: Desk, _ask: Tidy) -> None:
    """Removes media that no post has shown for a week, and what is left of those that were going."""
    idle = {"idle_at": lt(desk.now - IDLE_FOR), "posts": size_is(0)}
    for wanted in (idle, {"state": "gone"}):
        while True:
            rows = await desk.document_view().documents(MEDIA).find(wanted, fields=["folder"], limit=AT_ONCE)
            for row in rows:
                await _release(desk, row, wanted)
            if len(rows) < AT_ONCE:
                break


async def _release(desk: Desk, row: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Removes one that still is what is wanted: shown to nobody first, then its objects, and itself at last."""
    this = {"_id": row["_id"], "folder": row["folder"]}

    async def go() -> bool:
        async with desk.document_work() as work:
            gone = {"$set": {"state": "gone", "alt": ""}}
            return (await work.documents(MEDIA).update_one({**this, **wanted}, gone)).matched > 0

    async def end() -> None:
        async with desk.document_work() as work:
            await work.documents(MEDIA).delete_one({**this, "state": "gone"})

    if await until_done(go):
        await clear_folder(desk, row["folder"])
        await until_done(end)
