"""Pictures by their first bytes: which kind, and how large they would be when unpacked, without unpacking."""

from typing import NamedTuple

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
# As much of a file as is looked at; cameras write previews before the size of a JPEG.
HEAD_BYTES = 1024 * 1024

_SEGMENTS_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


class Picture(NamedTuple):
    """What a file says of itself."""

    content_type: str
    width: int
    height: int


def picture_in(head: bytes) -> Picture | None:
    """What the first bytes of a file are: JPEG, PNG, GIF or WebP with their size in pixels; None for anything else."""
    found = None
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR":
        found = Picture("image/png", int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))
    elif head[:6] in {b"GIF87a", b"GIF89a"}:
        found = Picture("image/gif", int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = _webp(head)
    elif head[:3] == b"\xff\xd8\xff":
        found = _jpeg(head)
    return found if found and found.width and found.height else None


def _webp(head: bytes) -> Picture | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return Picture(
            "image/webp", int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        )
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        bits = int.from_bytes(head[21:25], "little")
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        return Picture("image/webp", width, height)
    return None


def _jpeg(head: bytes) -> Picture | None:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:  # noqa: PLR2004 - every marker begins so
        marker = head[at + 1]
        if marker in _FRAMES:
            return Picture("image/jpeg", int.from_bytes(head[at + 7 : at + 9]), int.from_bytes(head[at + 5 : at + 7]))
        fill = marker == 0xFF  # noqa: PLR2004 - markers may be padded
        at += 1 if fill else 2 if marker in _SEGMENTS_WITHOUT_LENGTH else 2 + int.from_bytes(head[at + 2 : at + 4])
    return None
