"""A picture is made smaller, and loses what the camera wrote about its owner; only workers load this."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal, NamedTuple

from PIL import Image, ImageOps

from fourfold.ground.pictures import MOST_PIXELS

QUALITY = 82
Form = Literal["WEBP", "JPEG"]


class Unreadable(ValueError):
    """The file is no picture after all, or too large to unpack."""


class Smaller(NamedTuple):
    """A picture of one width."""

    width: int
    height: int
    content: bytes


def shrink(content: bytes, widths: Sequence[int]) -> dict[int, Smaller]:
    """Width → WebP picture at most so wide, turned upright; raises `Unreadable`. Nothing is made larger."""
    whole = _unpacked(content, max(widths))
    return {width: _saved(_at_width(whole, width), "WEBP") for width in widths}


def in_all_forms(content: bytes, widths: Sequence[int]) -> dict[str, Smaller]:
    """`<width>.webp` and `<width>.jpeg` → picture at most so wide, turned upright; raises `Unreadable`."""
    whole = _unpacked(content, max(widths))
    made: dict[str, Smaller] = {}
    for width in widths:
        smaller = _at_width(whole, width)
        made |= {f"{width}.webp": _saved(smaller, "WEBP"), f"{width}.jpeg": _saved(smaller, "JPEG")}
    return made


class Sample(NamedTuple):
    """A picture in few pixels, row after row, each of them red, green and blue from 0 to 255."""

    width: int
    height: int
    pixels: list[tuple[int, int, int]]


def sample(content: bytes, longest: int) -> Sample:
    """A picture of so many pixels on its longer side at most, upright, on white; raises `Unreadable`."""
    whole = _unpacked(content, longest)
    whole.thumbnail((longest, longest), Image.Resampling.BOX)
    small = _on_white(whole)
    raw = small.tobytes()
    return Sample(small.width, small.height, [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, len(raw), 3)])


def squares(content: bytes, widths: Sequence[int]) -> dict[int, Smaller]:
    """Width → the middle of the picture as a WebP square, turned upright; raises `Unreadable`."""
    whole = _unpacked(content, max(widths))
    return {width: _saved(ImageOps.fit(whole, (width, width), Image.Resampling.LANCZOS), "WEBP") for width in widths}


def _unpacked(content: bytes, widest: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unreadable("The picture has too many pixels.")
            opened.draft("RGB", (widest * 2, widest * 2))
            upright = ImageOps.exif_transpose(opened)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise Unreadable(str(problem)) from problem


def _at_width(whole: Image.Image, width: int) -> Image.Image:
    smaller = whole.copy()
    smaller.thumbnail((width, width * 4), Image.Resampling.LANCZOS)
    return smaller


def _saved(picture: Image.Image, form: Form) -> Smaller:
    file = BytesIO()
    if form == "JPEG":
        _on_white(picture).save(file, form, quality=QUALITY, progressive=True)
    else:
        picture.save(file, form, quality=QUALITY, method=4)
    return Smaller(picture.width, picture.height, file.getvalue())


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
