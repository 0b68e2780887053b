"""Videos by their own words: length and size out of MP4 and WebM, and nothing out of what only looks like one."""

import random

import pytest

from fourfold.ground.videos import Film, film_in, mp4_film, webm_film
from tests.builders.media import box, mp4, track, webm


async def told(content: bytes, kind: str = "video/mp4") -> Film | None:
    """What a file says of itself, read as it is read out of storage."""

    async def read(start: int, end: int) -> bytes:
        assert 0 <= start < end <= len(content)
        return content[start:end]

    return await film_in(kind, len(content), read)


async def test_an_mp4_tells_its_length() -> None:
    """S-21: the description is found at the end of a file, or at its beginning."""
    content = mp4(12.5, (1920, 1080))
    assert await told(content) == Film(12.5, 1920, 1080)
    at = content.index(b"moov") - 4
    assert await told(content[at:] + content[:at]) == Film(12.5, 1920, 1080)


async def test_a_webm_tells_its_length() -> None:
    """S-21: and without a length it is still known to be a video."""
    assert await told(webm(61.5, (320, 240)), "video/webm") == Film(61.5, 320, 240)
    assert await told(webm(None), "video/webm") == Film(None, 640, 360)


async def test_sound_alone_is_no_video() -> None:
    """S-21: a file without a track of pictures is none, and neither is one that is cut off."""
    assert await told(mp4(kind=b"soun")) is None
    assert await told(mp4()[:-20]) is None
    assert await told(b"\0\0\0\x08ftyp") is None
    assert await told(box(b"moov")) is None
    assert await told(webm()[:60], "video/webm") is None


def test_long_numbers_and_fragments() -> None:
    """S-21: headers with long numbers, lengths that are not told, and files in fragments."""
    scale, length = (1000).to_bytes(4), (7_250).to_bytes(8)
    long = box(b"mvhd", b"\1\0\0\0", bytes(16), scale, length, bytes(80))
    assert mp4_film(long + track(b"vide", 10, 20)) == Film(7.25, 10, 20)
    unknown = box(b"mvhd", bytes(12), scale, b"\xff" * 4, bytes(80))
    assert mp4_film(unknown + track(b"vide", 10, 20)) == Film(None, 10, 20)
    empty = box(b"mvhd", bytes(12), scale, bytes(84))
    fragments = box(b"mvex", box(b"mehd", bytes(4), (3000).to_bytes(4)))
    assert mp4_film(empty + fragments + track(b"vide", 10, 20)) == Film(3.0, 10, 20)


@pytest.mark.parametrize("kind", ["video/mp4", "video/webm"])
async def test_nothing_that_is_sent_breaks_it(kind: str) -> None:
    """S-21: whatever bytes are changed, there is an answer, soon, and no error."""
    chance = random.Random(7)
    whole = mp4(filling=50) if kind == "video/mp4" else webm()
    for _ in range(2000):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        found = await told(bytes(content[: chance.randint(1, len(content))]), kind)
        assert found is None or found.seconds is None or found.seconds >= 0


def test_no_film_in_nothing() -> None:
    """S-21: empty bytes describe nothing."""
    assert mp4_film(b"") is None
    assert webm_film(b"") is None
