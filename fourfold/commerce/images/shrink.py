"""A picture is made smaller, as WebP and without what the camera wrote about its owner; only workers load this."""

from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps

from fourfold.commerce.images.rules import MOST_PIXELS, WIDTHS

QUALITY = 82


class Unreadable(ValueError):
    """The file is no picture after all, or too large to unpack."""


class Smaller(NamedTuple):
    """A picture of one width."""

    width: int
    height: int
    content: bytes


def shrink(content: bytes) -> dict[int, Smaller]:
    """Width → picture at most so wide, turned upright; raises `Unreadable`."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unreadable("The picture has too many pixels.")
            opened.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 2))
            upright = ImageOps.exif_transpose(opened)
            whole = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise Unreadable(str(problem)) from problem
    return {width: _at_width(whole, width) for width in WIDTHS}


def _at_width(whole: Image.Image, width: int) -> Smaller:
    smaller = whole.copy()
    smaller.thumbnail((width, width * 4), Image.Resampling.LANCZOS)
    file = BytesIO()
    smaller.save(file, "WEBP", quality=QUALITY, method=4)
    return Smaller(smaller.width, smaller.height, file.getvalue())
