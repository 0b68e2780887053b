"""ffmpeg, where there is one: what a video holds, the same video as every browser plays it, and a picture out of it.

The program is given files of strangers, and therefore little else: one file, read as the one kind of container that it
was found to be; no network and no playlists; none of our settings; so much time, and so much space for what it writes.
"""

import asyncio
import math
import os
import shutil
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fourfold.ground.settings import Settings
from fourfold.ground.videos import Film

OFF = "off"
# How a container is read, by the type that its content was found to be.
CONTAINERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
}
WIDEST = 1280
MOST_BYTES = 256 * 1024 * 1024
# A single picture of a film that is unpacked has no more pixels than this.
MOST_PIXELS = 4096 * 4096
ASKED_WITHIN, MADE_WITHIN = 30.0, 1800.0
PATIENCE = 5.0
FRAME_AT = 1.0
# How a program ends that was ended: told by the system, or by the program that has started it.
KILLED = {-signal.SIGKILL, 128 + signal.SIGKILL}

_SMALLER = f"scale=w='min({WIDEST},iw)':h='min({WIDEST},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "fatal", "-y")
_SEARCHED = "/usr/local/bin:/usr/bin:/bin"
Told = Callable[[float], Awaitable[None]]


class Unplayable(ValueError):
    """The program cannot make anything of the file."""


class TookTooLong(Unplayable):
    """It would have gone on for too long."""


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """Where the two programs are."""

    convert: str
    probe: str


def find_ffmpeg(settings: Settings) -> Ffmpeg | None:
    """The programs that the setting names, or that are found; None when there are none, or they are not wanted."""
    if settings.ffmpeg == OFF:
        return None
    convert = shutil.which(settings.ffmpeg or "ffmpeg")
    probe = shutil.which(str(Path(convert).with_name("ffprobe"))) if convert else None
    return Ffmpeg(convert, probe) if convert and probe else None


async def version_of(tools: Ffmpeg) -> str:
    """What the program calls itself, such as `7.1.1`; raises `Unplayable` when it does not start."""
    said = await _run([tools.convert, "-version"], Path("/"), ASKED_WITHIN)
    return (said.split() or [b"", b"", b"?"])[2].decode(errors="replace")


async def film_at(tools: Ffmpeg, path: Path, content_type: str, within: float = ASKED_WITHIN) -> Film | None:
    """What a file holds; None when it has no moving pictures. Raises `Unplayable`, also when it takes too long."""
    words = [
        tools.probe, "-v", "fatal", *_as(content_type), "-show_entries",
        "format=duration:stream=codec_type,width,height,duration", "-of", "json", str(path),
    ]  # fmt: skip
    said = await _run(words, path.parent, within)
    try:
        told: dict[str, Any] = orjson.loads(said)
    except ValueError as problem:
        raise Unplayable("It says nothing of itself.") from problem
    streams = told.get("streams") or []
    shown = next((each for each in streams if each.get("codec_type") == "video" and each.get("width")), None)
    if shown is None:
        return None
    lengths = [
        _number((told.get("format") or {}).get("duration")),
        *(_number(each.get("duration")) for each in streams),
    ]
    return Film(max(lengths) or None, int(shown["width"]), int(shown["height"]))


async def make_playable(
    tools: Ffmpeg, source: Path, content_type: str, seconds: float | None, longest: float, told: Told
) -> Path:
    """The video as H.264 and AAC in MP4, at most 1280 pixels long, without what the camera wrote; beside the source.

    After `longest` seconds it is cut off, whatever it says of itself. `told` hears how much is done, from 0 to 1.
    Raises `Unplayable`.
    """
    target = source.with_name("playable.mp4")
    words = [
        tools.convert, *_QUIET, *_as(content_type), "-i", str(source),
        "-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
        "-vf", _SMALLER, "-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-threads", "2", "-max_muxing_queue_size", "1024",
        "-movflags", "+faststart", "-t", f"{longest:.3f}", "-fs", str(MOST_BYTES),
        "-progress", "pipe:1", "-f", "mp4", str(target),
    ]  # fmt: skip

    async def hear(line: bytes) -> None:
        name, _, value = line.strip().partition(b"=")
        if name == b"out_time_us" and value.isdigit() and seconds:
            await told(min(1.0, int(value) / 1_000_000 / seconds))

    await _run(words, source.parent, MADE_WITHIN, hear)
    written = target.stat().st_size if target.exists() else 0
    # Whatever is larger has been cut off where the space ended.
    if not 0 < written < MOST_BYTES:
        raise Unplayable("Nothing came of it, or too much.")
    return target


async def make_frame(tools: Ffmpeg, video: Path, seconds: float | None) -> Path:
    """A picture out of a video that was made playable: of its first second, or of its beginning. May raise."""
    target = video.with_name("frame.png")
    for at in (min(FRAME_AT, (seconds or 0) / 3), 0.0):
        words = [
            tools.convert, *_QUIET, *_as("video/mp4"), "-ss", f"{at:.3f}", "-i", str(video),
            "-frames:v", "1", "-f", "image2", "-update", "1", str(target),
        ]  # fmt: skip
        await _run(words, video.parent, ASKED_WITHIN)
        if target.exists():
            return target
    raise Unplayable("There is no picture in it.")


def _as(content_type: str) -> list[str]:
    return [
        "-protocol_whitelist", "file", "-max_pixels", str(MOST_PIXELS),
        "-f", CONTAINERS[content_type],
    ]  # fmt: skip


def _number(given: object) -> float:
    with suppress(TypeError, ValueError):
        found = float(str(given))
        return found if math.isfinite(found) and found > 0 else 0.0
    return 0.0


async def _run(
    words: Sequence[str], folder: Path, seconds: float, hear: Callable[[bytes], Awaitable[None]] | None = None
) -> bytes:
    """What the program says; raises `Unplayable` when it fails, `TookTooLong` when it has to be ended."""
    process = await asyncio.create_subprocess_exec(
        *_bounded(seconds),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env={"PATH": _SEARCHED, "LC_ALL": "C"},
        start_new_session=True,
    )
    said = bytearray()
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            while process.stdout is not None and (line := await process.stdout.readline()):
                if hear is None:
                    said += line
                else:
                    await hear(line)
            code = await process.wait()
    except TimeoutError as problem:
        raise TookTooLong("It took too long.") from problem
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code:
        raise TookTooLong("It took too long.") if code in KILLED else Unplayable(f"It ended with {code}.")
    return bytes(said)


def _bounded(seconds: float) -> list[str]:
    """Other programs that end it when its time is over, even when we are no more, and let others go first."""
    timeout, nice = shutil.which("timeout"), shutil.which("nice")
    ended = [timeout, "-s", "KILL", str(math.ceil(seconds))] if timeout else []
    return [*ended, *([nice, "-n", "15"] if nice else [])]
