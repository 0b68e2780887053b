"""Looking at a page: what it says of itself, and its picture made anew and kept here, so that nobody asks the page."""

import asyncio
import hashlib
import importlib
from dataclasses import dataclass
from typing import Any

from fourfold.ground.logs import log
from fourfold.ground.outgoing import NotFetched, Outgoing, fetch
from fourfold.ground.pictures import HEAD_BYTES, MOST_PIXELS, picture_in
from fourfold.ground.work import Desk
from fourfold.social.previews.rules import PAGE_TYPES, PICTURE_TYPES, Said, digest_of, said_by

# In all, for the page, its redirects and its picture.
WITHIN = 5.0
PAGE_BYTES, PICTURE_BYTES = 512 * 1024, 2 * 1024 * 1024
WIDTH, WEBP = 640, "image/webp"

_log = log("fourfold.social.previews")


@dataclass(frozen=True, slots=True)
class Looked:
    """A page, and its picture as it was served, if there is one."""

    said: Said
    picture: bytes | None


async def look_at_page(desk: Desk, url: str) -> Looked | None:
    """What there is at an address; None when nothing can be shown of it, for whatever reason."""
    rules = Outgoing.of(desk.house.settings)
    said: Said | None = None
    try:
        async with asyncio.timeout(WITHIN):
            page = await fetch(url, rules, PAGE_TYPES, PAGE_BYTES)
            said = await asyncio.to_thread(said_by, page.url, page.content, page.charset)
            if said is None:
                return None
            return Looked(said, await _picture(said, rules))
    except NotFetched as problem:
        _log.info("no preview", reason=problem.reason)
    except TimeoutError:
        _log.info("no preview", reason="slow")
    # A page whose picture takes too long is shown without it.
    return Looked(said, None) if said is not None else None


async def _picture(said: Said, rules: Outgoing) -> bytes | None:
    if said.picture is None:
        return None
    try:
        found = await fetch(said.picture, rules, PICTURE_TYPES, PICTURE_BYTES)
    except NotFetched:
        return None
    seen = picture_in(found.content[:HEAD_BYTES])
    fits = found.is_whole and seen is not None and seen.width * seen.height <= MOST_PIXELS
    return found.content if fits else None


async def keep_picture(desk: Desk, url: str, content: bytes) -> dict[str, Any] | None:
    """The picture made smaller and without all that is not picture, kept in storage; None for what is none."""
    # By name: this module is also known to processes that never touch a picture.
    studio: Any = importlib.import_module("fourfold.ground.shrink")
    try:
        made = (await asyncio.to_thread(studio.shrink, content, [WIDTH]))[WIDTH]
    except studio.Unreadable:
        return None
    digest = hashlib.sha256(made.content).hexdigest()
    key = f"social/previews/{digest_of(url)}/{digest}"
    await desk.house.storage.put(desk.who.tenant_id, key, made.content, WEBP)
    return {
        "key": key, "type": WEBP, "bytes": len(made.content), "sha256": digest, "width": made.width,
        "height": made.height,
    }  # fmt: skip
