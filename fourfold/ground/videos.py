"""Videos by their own words: how long they are and how large, read from MP4 and WebM without unpacking anything.

After ISO/IEC 14496-12 (boxes) and RFC 8794 (EBML). What a file says here may be a lie; it is only looked at, never
relied upon for how much memory something takes.
"""

import struct
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

# The bytes of a file from one place up to and without another.
Read = Callable[[int, int], Awaitable[bytes]]
# Boxes are looked through until the one that describes the film; in fragmented files it is among the first.
MOST_BOXES = 200
MOST_DESCRIPTION = 16 * 1024 * 1024
# A WebM describes itself before its first pictures.
WEBM_HEAD = 1024 * 1024

_HEADER, _LONG_HEADER = 8, 16
_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _KIND, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_VIDEO_TRACK = 1
_NANOSECONDS = 1_000_000_000


class Film(NamedTuple):
    """What a file says of its moving pictures; `seconds` is None when it does not tell."""

    seconds: float | None
    width: int
    height: int


class Part(NamedTuple):
    """A piece of a file: what it is called, and where its inside begins and ends."""

    name: int | bytes
    start: int
    end: int


async def film_in(content_type: str, size: int, read: Read) -> Film | None:
    """What an MP4 or a WebM says of itself; None when there are no moving pictures in it, or it cannot be read."""
    if content_type == "video/webm":
        return webm_film(await read(0, min(size, WEBM_HEAD)))
    description = await _description(size, read)
    return mp4_film(description) if description is not None else None


async def _description(size: int, read: Read) -> bytes | None:
    """The inside of the box `moov`, which may stand at the end of the file."""
    at = 0
    for _ in range(MOST_BOXES):
        head = await read(at, min(at + _LONG_HEADER, size)) if at + _HEADER <= size else b""
        if len(head) < _HEADER:
            return None
        length, header = _length_of(head, size - at)
        if length < header or at + length > size:
            return None
        if head[4:8] == b"moov":
            return await read(at + header, at + length) if header < length <= MOST_DESCRIPTION else None
        at += length
    return None


def _length_of(head: bytes, left: int) -> tuple[int, int]:
    """Length of a box with its header, and of the header; -1 when it cannot be."""
    length = int.from_bytes(head[:4])
    if length == 1:
        return (int.from_bytes(head[8:16]) if len(head) >= _LONG_HEADER else -1), _LONG_HEADER
    return (length or left), _HEADER


def mp4_film(description: bytes) -> Film | None:
    """What the inside of a box `moov` tells."""
    seconds: float | None = None
    picture: tuple[int, int] | None = None
    for box in _boxes(description, 0, len(description)):
        if box.name == b"mvhd":
            seconds = _seconds(description[box.start : box.end])
        elif box.name == b"mvex" and not seconds:
            seconds = _fragmented(description, box)
        elif box.name == b"trak" and picture is None:
            picture = _picture(description, box)
    return Film(seconds or None, *picture) if picture is not None else None


def _boxes(data: bytes, start: int, end: int) -> Iterator[Part]:
    at = start
    for _ in range(MOST_BOXES):
        if end - at < _HEADER:
            return
        length, header = _length_of(data[at : at + _LONG_HEADER], end - at)
        if length < header or at + length > end:
            return
        yield Part(data[at + 4 : at + 8], at + header, at + length)
        at += length


def _inside(data: bytes, outer: Part, name: bytes) -> bytes:
    """The inside of the first box with a name; empty without one."""
    found = next((box for box in _boxes(data, outer.start, outer.end) if box.name == name), None)
    return data[found.start : found.end] if found is not None else b""


def _seconds(body: bytes) -> float | None:
    """From a movie header: its time scale, and its length in that."""
    long = body[:1] == b"\x01"
    scale = int.from_bytes(body[20:24] if long else body[12:16])
    length = int.from_bytes(body[24:32] if long else body[16:20])
    is_unknown = length == (1 << (64 if long else 32)) - 1
    return None if not scale or is_unknown else length / scale


def _fragmented(data: bytes, outer: Part) -> float | None:
    """The length of a film in fragments, where its header says none: in the scale of the header, which is kept there.

    Most writers leave it out, and then nothing is known.
    """
    body = _inside(data, outer, b"mehd")
    header = next((box for box in _boxes(data, 0, len(data)) if box.name == b"mvhd"), None)
    if not body or header is None:
        return None
    scale_at = header.start + (20 if data[header.start : header.start + 1] == b"\x01" else 12)
    scale = int.from_bytes(data[scale_at : scale_at + 4])
    length = int.from_bytes(body[4:12] if body[:1] == b"\x01" else body[4:8])
    return length / scale if scale else None


def _picture(data: bytes, track: Part) -> tuple[int, int] | None:
    """Width and height of a track of moving pictures, as it is to be shown; None for one of sound or words."""
    media = next((box for box in _boxes(data, track.start, track.end) if box.name == b"mdia"), None)
    handler = _inside(data, media, b"hdlr") if media is not None else b""
    header = _inside(data, track, b"tkhd")
    if handler[8:12] != b"vide" or len(header) < _HEADER:
        return None
    # Sixteen bits before the point and sixteen behind it.
    return int.from_bytes(header[-8:-6]), int.from_bytes(header[-4:-2])


def webm_film(head: bytes) -> Film | None:
    """What the beginning of a WebM tells."""
    whole = Part(b"", 0, len(head))
    segment = next((each for each in _elements(head, whole) if each.name == _SEGMENT), None)
    if segment is None:
        return None
    seconds: float | None = None
    picture: tuple[int, int] | None = None
    for each in _elements(head, segment):
        if each.name == _CLUSTER:
            break
        if each.name == _INFO:
            seconds = _webm_seconds(head, each)
        elif each.name == _TRACKS:
            picture = _webm_picture(head, each)
    return Film(seconds, *picture) if picture is not None else None


def _webm_seconds(head: bytes, info: Part) -> float | None:
    told = {each.name: head[each.start : each.end] for each in _elements(head, info)}
    length, scale = told.get(_DURATION, b""), int.from_bytes(told.get(_SCALE, b"")) or 1_000_000
    form = {4: ">f", 8: ">d"}.get(len(length))
    ticks = float(struct.unpack(form, length)[0]) if form else 0.0
    # Not a number, or beyond all numbers, is no length either.
    return ticks * scale / _NANOSECONDS if 0 < ticks < _NANOSECONDS else None


def _webm_picture(head: bytes, tracks: Part) -> tuple[int, int] | None:
    for track in _elements(head, tracks):
        told = {each.name: each for each in _elements(head, track)} if track.name == _TRACK else {}
        kind, video = told.get(_KIND), told.get(_VIDEO)
        if kind is None or video is None or int.from_bytes(head[kind.start : kind.end]) != _VIDEO_TRACK:
            continue
        sizes = {each.name: int.from_bytes(head[each.start : each.end]) for each in _elements(head, video)}
        return sizes.get(_WIDTH, 0), sizes.get(_HEIGHT, 0)
    return None


def _elements(data: bytes, outer: Part) -> Iterator[Part]:
    """The elements inside of another one; one whose length is not known goes to the end."""
    at = outer.start
    for _ in range(MOST_BOXES):
        name, name_length = _number(data, at, outer.end, keep_mark=True)
        length, length_length = _number(data, at + name_length, outer.end, keep_mark=False)
        if not name_length or not length_length:
            return
        start = at + name_length + length_length
        is_unknown = length == (1 << (7 * length_length)) - 1
        end = outer.end if is_unknown else min(start + length, outer.end)
        yield Part(name, start, end)
        at = end


def _number(data: bytes, at: int, end: int, *, keep_mark: bool) -> tuple[int, int]:
    """A number whose first bit that is set tells its length in bytes; and that length, 0 when there is none."""
    first = data[at] if at < end else 0
    length = 9 - first.bit_length()
    if not first or at + length > end:
        return 0, 0
    number = int.from_bytes(data[at : at + length])
    return number if keep_mark else number & ((1 << (7 * length)) - 1), length
