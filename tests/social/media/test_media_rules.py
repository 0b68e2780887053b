"""Decisions about pictures and videos: what is taken, and how they look before they are there."""

import pytest

from fourfold.social.media.rules import MIB, blurhash, is_too_long, kind_of, too_large


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", "image"), ("image/png", "image"), ("image/gif", "image"), ("image/webp", "image"),
        ("video/mp4", "video"), ("video/webm", "video"), ("video/quicktime", "video"), ("video/x-matroska", "video"),
        ("image/svg+xml", None), ("application/zip", None), ("text/html", None), ("text/plain", None),
        ("audio/mp4", None), ("application/octet-stream", None), ("image/tiff", None), ("video/x-msvideo", None),
    ],
)  # fmt: skip
def test_only_pictures_and_videos_are_taken(content_type: str, kind: str | None) -> None:
    """S-21: nothing that a browser could run, unpack or read is a picture of a post."""
    assert kind_of(content_type) == kind


def test_there_are_limits() -> None:
    """S-21: 20 MiB and 40 million pixels for pictures, 200 MiB and ten minutes for videos."""
    assert too_large("image", 20 * MIB, 40_000_000) is None
    assert too_large("image", 20 * MIB + 1, 100) == "It has more than 20 MiB."
    assert too_large("image", 100, 40_000_001) == "It has more than 40 million pixels."
    assert too_large("video", 200 * MIB, 0) is None
    assert too_large("video", 200 * MIB + 1, 0) == "It has more than 200 MiB."
    assert [is_too_long(each) for each in (None, 1.0, 600.0, 600.1)] == [False, False, False, True]


def test_one_colour_is_one_colour() -> None:
    """S-21: the hash of a picture of one colour is that colour, and waves of nothing."""
    nothing = "fQ" * 11
    assert blurhash([(0, 0, 0)] * 64, 8) == f"L00000{nothing}"
    assert blurhash([(255, 255, 255)] * 64, 8)[2:6] == "TSUA"
    hashed = blurhash([(12, 200, 77)] * 64, 8)
    assert (hashed[0], len(hashed)) == ("L", 28)
    assert colour_in(hashed) == (12, 200, 77)


def test_waves_tell_where_it_is_light() -> None:
    """S-21: a picture that is light on the left has another hash than one that is light on the right."""
    left = [(255, 255, 255) if at % 8 < 4 else (0, 0, 0) for at in range(64)]
    right = left[::-1]
    assert blurhash(left, 8)[6:8] > blurhash(right, 8)[6:8]
    assert len({blurhash(left, 8), blurhash(right, 8)}) == 2
    assert len(blurhash([(1, 2, 3)], 1)) == 28
    assert len(blurhash([(1, 2, 3), (250, 9, 0)], 1)) == 28


def colour_in(hashed: str) -> tuple[int, int, int]:
    """The colour of a whole picture, out of its hash."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
    number = 0
    for letter in hashed[2:6]:
        number = number * 83 + digits.index(letter)
    return number >> 16, number >> 8 & 255, number & 255
