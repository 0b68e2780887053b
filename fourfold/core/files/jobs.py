"""Durable work of files: pictures in several widths, objects that nobody needs any longer, what was left behind."""

import asyncio
import hashlib
import importlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.core.files import queries, tables
from fourfold.core.files.rules import AVATAR_WIDTHS, WIDTHS
from fourfold.ground.durable import job
from fourfold.ground.pictures import MOST_BYTES
from fourfold.ground.work import Desk, Work

# A request does not take as long; whoever stored a file for so long is gone.
GIVEN_UP_AFTER = timedelta(hours=6)
# Objects are written before their rows know of them.
ORPHANED_AFTER = timedelta(hours=24)
AT_ONCE = 500
FOLDERS = ("core/files", "core/uploads")
KIND_OF = {"webp": "image/webp", "jpeg": "image/jpeg"}


class MakeVariants(BaseModel):
    """Which picture to make smaller."""

    file_id: UUID


class ForgetObjects(BaseModel):
    """Objects that nobody needs any longer."""

    keys: list[str]


class Tidy(BaseModel):
    """Nothing to say: all that was left behind is cleared away."""


async def _give_up(work: Work, ask: MakeVariants, _problem: dict[str, str]) -> None:
    await tables.set_variants(work.db, ask.file_id, "failed", {})


@job("core.files.make_variants", steps=True, on_failed=_give_up)
async def make_variants(desk: Desk, ask: MakeVariants) -> None:
    """Makes the smaller files of a picture; done twice, it writes the same files."""
    async with desk.view() as view:
        row = await queries.file_with_id(view.db, ask.file_id)
    if row is None or row["variants_status"] != "making":
        return
    made = await _made(desk, row) if row["size"] <= MOST_BYTES else None
    if made is None:
        async with desk.work() as work:
            await tables.set_variants(work.db, ask.file_id, "failed", {})
        return
    variants = {}
    for name, picture in made.items():
        key = f"core/files/{ask.file_id}/{name}"
        await desk.house.storage.put(desk.who.tenant_id, key, picture.content, KIND_OF[name.partition(".")[2]])
        variants[name] = {
            "key": key, "size": len(picture.content), "width": picture.width, "height": picture.height,
            "sha256": hashlib.sha256(picture.content).hexdigest(),
        }  # fmt: skip
    async with desk.work() as work:
        if not await tables.set_variants(work.db, ask.file_id, "made", variants):
            work.later(forget_objects, ForgetObjects(keys=[each["key"] for each in variants.values()]))
        elif row["purpose"] == "avatar":
            await _forget_original(work, row, variants[f"{AVATAR_WIDTHS[-1]}.webp"])


async def _made(desk: Desk, row: asyncpg.Record) -> dict[str, Any] | None:
    # By name: this module is also known to processes that never touch a picture.
    studio: Any = importlib.import_module("fourfold.ground.shrink")
    content = await desk.house.storage.get(desk.who.tenant_id, row["key"])
    try:
        if row["purpose"] == "avatar":
            squares = await asyncio.to_thread(studio.squares, content, AVATAR_WIDTHS)
            return {f"{width}.webp": each for width, each in squares.items()}
        made: dict[str, Any] = await asyncio.to_thread(studio.in_all_forms, content, WIDTHS)
    except studio.Unreadable:
        return None
    return made


async def _forget_original(work: Work, row: asyncpg.Record, largest: dict[str, Any]) -> None:
    """Leaves only what was made anew of a person's picture: the camera's words about its owner go with the original."""
    await tables.replace_content(
        work.db, row["id"], largest["key"], KIND_OF["webp"], largest["size"], largest["sha256"]
    )
    await tables.give_room(work.db, row["size"] - largest["size"])
    work.later(forget_objects, ForgetObjects(keys=[row["key"]]))


@job("core.files.forget_objects", steps=True)
async def forget_objects(desk: Desk, ask: ForgetObjects) -> None:
    """Removes objects from the storage."""
    for key in ask.keys:
        await desk.house.storage.delete(desk.who.tenant_id, key)


def keys_of(row: asyncpg.Record) -> list[str]:
    """The keys of all objects of a file."""
    return [row["key"], *(each["key"] for each in row["variants"].values() if each["key"] != row["key"])]


@job("core.files.tidy_files", steps=True, behind=True)
async def tidy_files(desk: Desk, _ask: Tidy) -> None:
    """Removes files whose storing was given up, and objects that no row knows of."""
    while True:
        async with desk.work() as work:
            rows = await queries.given_up(work.db, work.now - GIVEN_UP_AFTER, AT_ONCE)
            for row in rows:
                await tables.delete_file(work.db, row["id"])
                await tables.give_room(work.db, row["size"])
                work.later(forget_objects, ForgetObjects(keys=keys_of(row)))
        if len(rows) < AT_ONCE:
            break
    for folder in FOLDERS:
        keys = await desk.house.storage.keys(desk.who.tenant_id, folder, desk.now - ORPHANED_AFTER)
        for some in _in_lots(keys):
            async with desk.view() as view:
                orphans = await queries.keys_without_file(view.db, some)
            for key in orphans:
                await desk.house.storage.delete(desk.who.tenant_id, key)


def _in_lots(keys: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(keys), AT_ONCE):
        yield list(keys[at : at + AT_ONCE])
