"""What is served of pictures and videos is made of the files that were sent, which themselves are shown to nobody.

Everything lies in one folder of the storage, under names that are always the same: done again, it is the same again.
"""

import asyncio
import hashlib
import importlib
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from fourfold.contracts.core import FileFacts
from fourfold.ground.film import Ffmpeg, TookTooLong, Unplayable, film_at, find_ffmpeg, make_frame, make_playable
from fourfold.ground.videos import Film, film_in
from fourfold.ground.work import Desk
from fourfold.social.media.rules import MOST_SECONDS, PLAYABLE, POSTER_WIDTHS, WIDTHS, blurhash, is_too_long

WEBP, MP4 = "image/webp", "video/mp4"
ALL_TIMES = datetime(9999, 1, 1, tzinfo=UTC)
# A picture of so many pixels on its longer side is enough for its blurhash.
SAMPLED = 32
Told = Callable[[float], Awaitable[None]]


class Unusable(Exception):
    """Nothing can be made of a file; `reason` is a word that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def make_picture(desk: Desk, folder: str, file: FileFacts) -> dict[str, Any]:
    """The picture in all its widths, upright and without what the camera wrote; raises `Unusable`."""
    content = await desk.house.storage.get(desk.who.tenant_id, file.key)
    return await _pictures(desk, folder, content, {str(width): width for width in WIDTHS})


async def _pictures(desk: Desk, folder: str, content: bytes, names: Mapping[str, int]) -> dict[str, Any]:
    """Keeps a picture under names, each so wide at most, and says what is to be known of it."""
    # By name: this module is also known to processes that never touch a picture.
    studio: Any = importlib.import_module("fourfold.ground.shrink")
    try:
        smaller = await asyncio.to_thread(studio.shrink, content, sorted(set(names.values())))
        seen = await asyncio.to_thread(studio.sample, smaller[min(smaller)].content, SAMPLED)
    except studio.Unreadable as problem:
        raise Unusable("unreadable") from problem
    whole = smaller[max(smaller)]
    variants = {}
    for name, width in names.items():
        made = smaller[width]
        await desk.house.storage.put(desk.who.tenant_id, f"{folder}/{name}", made.content, WEBP)
        digest = hashlib.sha256(made.content).hexdigest()
        variants[name] = _variant(folder, name, WEBP, len(made.content), digest, (made.width, made.height))
    hashed = await asyncio.to_thread(blurhash, seen.pixels, seen.width)
    return {"width": whole.width, "height": whole.height, "blurhash": hashed, "variants": variants}


def _variant(folder: str, name: str, kind: str, size: int, sha256: str, pixels: Sequence[int | None]) -> dict[str, Any]:
    return {
        "key": f"{folder}/{name}", "type": kind, "bytes": size, "sha256": sha256,
        "width": pixels[0], "height": pixels[1],
    }  # fmt: skip


async def make_video(desk: Desk, folder: str, file: FileFacts, told: Told) -> dict[str, Any]:
    """The video as it is served, with a picture of it where there is ffmpeg; raises `Unusable`.

    Without ffmpeg it stays as it was sent, when browsers play that. `told` hears how much is done, from 0 to 1.
    """
    tools = find_ffmpeg(desk.house.settings)
    if tools is None:
        return await _as_it_is(desk, folder, file)
    bench = desk.house.settings.home / "film" / str(file.id)
    try:
        # Whatever lies there was left behind by a worker that is no more.
        await asyncio.to_thread(_emptied, bench)
        return await _played_everywhere(desk, tools, folder, file, bench, told)
    except TookTooLong as problem:
        raise Unusable("took_too_long") from problem
    except Unplayable as problem:
        raise Unusable("unreadable") from problem
    finally:
        await asyncio.to_thread(shutil.rmtree, bench, ignore_errors=True)


async def _as_it_is(desk: Desk, folder: str, file: FileFacts) -> dict[str, Any]:
    if file.content_type not in PLAYABLE:
        raise Unusable("needs_ffmpeg")
    storage, tenant_id = desk.house.storage, desk.who.tenant_id
    film = _checked(await film_in(file.content_type, file.size, partial(storage.part, tenant_id, file.key)))
    size, sha256 = await storage.join(tenant_id, f"{folder}/video", [file.key], file.content_type)
    pixels = (film.width or None, film.height or None)
    made = _variant(folder, "video", file.content_type, size, sha256, pixels)
    return {
        "width": pixels[0], "height": pixels[1], "seconds": film.seconds, "transcoded": False,
        "variants": {"video": made},
    }  # fmt: skip


def _checked(film: Film | None) -> Film:
    if film is None:
        raise Unusable("no_picture")
    if is_too_long(film.seconds):
        raise Unusable("too_long")
    return film


async def _played_everywhere(
    desk: Desk, tools: Ffmpeg, folder: str, file: FileFacts, bench: Path, told: Told
) -> dict[str, Any]:
    storage, tenant_id = desk.house.storage, desk.who.tenant_id
    source = bench / "source"
    with await asyncio.to_thread(source.open, "wb") as out:
        async for chunk in storage.stream(tenant_id, file.key):
            await asyncio.to_thread(out.write, chunk)
    film = _checked(await film_at(tools, source, file.content_type))
    # A second more than is taken: whatever comes out longer said less of itself than it is.
    made = await make_playable(tools, source, file.content_type, film.seconds, MOST_SECONDS + 1, told)
    shown = await film_at(tools, made, MP4)
    if shown is None:
        raise Unusable("no_picture")
    if (shown.seconds or 0) > MOST_SECONDS + 0.9:
        raise Unusable("too_long")
    frame = await make_frame(tools, made, shown.seconds)
    poster = await _pictures(desk, folder, await asyncio.to_thread(frame.read_bytes), _POSTERS)
    await storage.put(tenant_id, f"{folder}/video", made, MP4)
    size, sha256 = await asyncio.to_thread(_measured, made)
    video = _variant(folder, "video", MP4, size, sha256, (shown.width, shown.height))
    return {
        **poster, "width": shown.width, "height": shown.height, "seconds": shown.seconds, "transcoded": True,
        "variants": {"video": video, **poster["variants"]},
    }  # fmt: skip


_POSTERS = {"poster": POSTER_WIDTHS[0], str(POSTER_WIDTHS[1]): POSTER_WIDTHS[1]}


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


async def clear_folder(desk: Desk, folder: str) -> None:
    """Removes all that lies in a folder of the storage."""
    storage, tenant_id = desk.house.storage, desk.who.tenant_id
    for key in await storage.keys(tenant_id, folder, ALL_TIMES):
        await storage.delete(tenant_id, key)


def folder_of(file_id: UUID, turn: UUID) -> str:
    """Where what is served of a file lies; another place each time that it is taken anew."""
    return f"social/media/{file_id}/{turn.hex}"
