"""Decisions about pictures and videos: what is taken, what is served of it, and how it looks before it is there."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

Kind = Literal["image", "video"]
Pixel = tuple[int, int, int]
Light = tuple[float, float, float]

MIB = 1024 * 1024
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# Browsers play these as they are; of the others something has to be made first.
PLAYABLE = frozenset({"video/mp4", "video/webm"})
VIDEOS = PLAYABLE | {"video/quicktime", "video/x-matroska"}
MOST_PICTURE_BYTES, MOST_PIXELS = 20 * MIB, 40_000_000
MOST_VIDEO_BYTES, MOST_SECONDS = 200 * MIB, 600.0
WIDTHS = (2048, 1280, 400)
POSTER_WIDTHS = (1280, 400)
# What is served when nothing else is asked for.
MAIN: Mapping[str, str] = {"image": "1280", "video": "video"}
UNFINISHED = ("waiting", "processing")
# So many waves across and down are enough to tell how a picture will look.
ACROSS, DOWN = 4, 3

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_SHARPEST, _STEPS, _MIDDLE = 82, 19, 9


def kind_of(content_type: str) -> Kind | None:
    """Whether files of a type, told by their content, are pictures or videos of posts; None when they are neither."""
    if content_type in PICTURES:
        return "image"
    return "video" if content_type in VIDEOS else None


def too_large(kind: Kind, size: int, pixels: int) -> str | None:
    """Why a picture or a video of so many bytes, and of so many pixels, is not taken; None when it is."""
    most = MOST_PICTURE_BYTES if kind == "image" else MOST_VIDEO_BYTES
    if size > most:
        return f"It has more than {most // MIB} MiB."
    if kind == "image" and pixels > MOST_PIXELS:
        return f"It has more than {MOST_PIXELS // 1_000_000} million pixels."
    return None


def is_too_long(seconds: float | None) -> bool:
    """Whether a video that tells its length goes on for too long."""
    return seconds is not None and seconds > MOST_SECONDS


def blurhash(pixels: Sequence[Pixel], width: int) -> str:
    """A picture in 28 characters, after the published description of Blurhash: a few waves of its light.

    `pixels` are its rows one after the other, `width` of them in each; a few hundred are enough.
    """
    height = len(pixels) // width
    lights = [(_linear(red), _linear(green), _linear(blue)) for red, green, blue in pixels]
    waves = [_wave(lights, width, height, i, j) for j in range(DOWN) for i in range(ACROSS)]
    first, others = waves[0], waves[1:]
    sharpest = max(abs(value) for wave in others for value in wave)
    step = max(0, min(_SHARPEST, math.floor(sharpest * 166 - 0.5)))
    scale = (step + 1) / 166
    told = [_written(ACROSS - 1 + (DOWN - 1) * 9, 1), _written(step, 1)]
    red, green, blue = (_seen(value) for value in first)
    told.append(_written((red << 16) + (green << 8) + blue, 4))
    for wave in others:
        a, b, c = (_quantised(value / scale) for value in wave)
        told.append(_written((a * _STEPS + b) * _STEPS + c, 2))
    return "".join(told)


def _wave(lights: Sequence[Light], width: int, height: int, i: int, j: int) -> Light:
    """How much of one wave there is in a picture, in red, green and blue."""
    across = [math.cos(math.pi * i * x / width) for x in range(width)]
    down = [math.cos(math.pi * j * y / height) for y in range(height)]
    red = green = blue = 0.0
    for y in range(height):
        for x in range(width):
            part = across[x] * down[y]
            light = lights[y * width + x]
            red += part * light[0]
            green += part * light[1]
            blue += part * light[2]
    share = (1 if i == j == 0 else 2) / (width * height)
    return red * share, green * share, blue * share


def _linear(value: int) -> float:
    """From a number of sRGB, 0 to 255, to an amount of light, 0 to 1."""
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - as sRGB is defined


def _seen(light: float) -> int:
    """The way back."""
    part = max(0.0, min(1.0, light))
    curved = part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055  # noqa: PLR2004 - as above
    return int(curved * 255 + 0.5)


def _quantised(value: float) -> int:
    rooted = math.copysign(math.sqrt(abs(value)), value)
    return max(0, min(_STEPS - 1, math.floor(rooted * _MIDDLE + _MIDDLE + 0.5)))


def _written(number: int, length: int) -> str:
    return "".join(_DIGITS[number // len(_DIGITS) ** place % len(_DIGITS)] for place in reversed(range(length)))
