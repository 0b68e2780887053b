"""Decisions about files: names that are taken, archives that unpack to too much, how a file is handed out."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote

LONGEST_NAME = 255
WIDTHS = (320, 640, 1280)
AVATAR_WIDTHS = (64, 128, 256, 512)
# The end of an archive, where its directory is found, with the longest comment.
TAIL = 65_557
MOST_ENTRIES = 10_000
LARGEST_DIRECTORY = 4 * 1024 * 1024
HARMLESS_UNPACKED, MOST_TIMES = 100 * 1024 * 1024, 100

_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_END_LENGTH, _ENTRY_LENGTH = 22, 46
_SEE_EXTRA = 0xFFFF_FFFF
# Letters that turn the direction of what follows: `exe.gpj` can be made to look like `jpg.exe` turned round.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_name(name: str) -> bool:
    """Whether a file may be called so: one part of a path, of 1 to 255 bytes, without control characters."""
    if not 0 < len(name.encode("utf-8", "surrogatepass")) <= LONGEST_NAME or name.strip(" .") == "":
        return False
    if "/" in name or "\\" in name or _TURNING.search(name):
        return False
    return not any(unicodedata.category(each) in {"Cc", "Cs"} for each in name)


def disposition(name: str, *, shown: bool) -> str:
    """The Content-Disposition for a name of any script (RFC 6266); only harmless kinds are shown in the browser."""
    plain = "".join(each if each.isascii() and each not in '"\\%' else "_" for each in name)
    return f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class Directory(NamedTuple):
    """Where an archive's list of entries lies, and how many there are."""

    start: int
    length: int
    entries: int


def directory_in(tail: bytes) -> Directory | None:
    """What the end of a ZIP archive says of its directory; None when the end is not there."""
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        return None
    entries, length, start = (
        int.from_bytes(tail[at + a : at + b], "little") for a, b in ((10, 12), (12, 16), (16, 20))
    )
    return Directory(start, length, entries)


def is_listed(directory: Directory) -> bool:
    """Whether an archive's list is short enough to be looked through; longer ones need formats that are not taken."""
    return directory.entries <= MOST_ENTRIES and directory.length <= LARGEST_DIRECTORY


def unpacked_size(entries: bytes) -> int:
    """How many bytes the entries of a ZIP directory say that they unpack to."""
    at, size = 0, 0
    while entries[at : at + 4] == _ENTRY and len(entries) - at >= _ENTRY_LENGTH:
        name, extra, comment = (int.from_bytes(entries[at + a : at + a + 2], "little") for a in (28, 30, 32))
        told = int.from_bytes(entries[at + 24 : at + 28], "little")
        begin = at + _ENTRY_LENGTH + name
        size += _long_size(entries[begin : begin + extra]) if told == _SEE_EXTRA else told
        at = begin + extra + comment
    return size


def _long_size(extra: bytes) -> int:
    """The size in an entry's ZIP64 field, which some tools write for files of any size; 4 GiB when there is none."""
    at = 0
    while len(extra) - at >= 4:  # noqa: PLR2004 - an id and a length, two bytes each
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if extra[at : at + 2] == b"\x01\x00" and length >= 8:  # noqa: PLR2004 - the size comes first, in eight bytes
            return int.from_bytes(extra[at + 4 : at + 12], "little")
        at += 4 + length
    return _SEE_EXTRA


def is_bomb(size: int, unpacked: int) -> bool:
    """Whether an archive unpacks to more than honest ones do."""
    return unpacked > HARMLESS_UNPACKED and unpacked > size * MOST_TIMES
