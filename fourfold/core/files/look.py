"""A file is looked at before it is taken: its name, its kind by its content, pictures and archives that are bombs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fourfold.core.files.kinds import PICTURES, SVG, ZIP, claims_of, fits, found_in, settled
from fourfold.core.files.rules import LONGEST_NAME, TAIL, directory_in, is_bomb, is_listed, is_name, unpacked_size
from fourfold.ground.pictures import HEAD_BYTES, MOST_PIXELS, Picture, picture_in
from fourfold.ground.refusals import FieldError, Invalid, TooLarge, UnsupportedType

# The bytes of a file from one place up to and without another.
Read = Callable[[int, int], Awaitable[bytes]]


class BadFileName(Invalid):
    """422: no file may be called so."""

    code = "core.bad_file_name"
    title = f"A file's name has 1 to {LONGEST_NAME} bytes, no slashes and no control characters"


class EmptyFile(Invalid):
    """422: there is nothing in the file."""

    code = "core.empty_file"
    title = "The file is empty"


class WrongKind(UnsupportedType):
    """415: the content is not what the name or the content type says."""

    code = "core.wrong_kind"
    title = "The content is not what it is said to be"


class ActivePicture(UnsupportedType):
    """415: SVG can hold programs, and is not taken."""

    code = "core.active_picture"
    title = "SVG files are not taken, since they can hold programs"


class NotAPicture(UnsupportedType):
    """415: by its content the file is no picture of a kind that is taken."""

    code = "core.not_a_picture"
    title = "The file is not a JPEG, PNG, GIF or WebP picture"


class TooManyPixels(TooLarge):
    """413: the picture would take too much memory when unpacked."""

    code = "core.too_many_pixels"
    title = f"A picture has at most {MOST_PIXELS // 10**6} million pixels"


class ArchiveBomb(TooLarge):
    """413: the archive holds more than any honest one."""

    code = "core.archive_bomb"
    title = "The archive unpacks to far more than it is, or has too many entries"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file was found to be."""

    content_type: str
    picture: Picture | None


def refuse_name(name: str) -> None:
    """Raises `BadFileName` unless a file may be called so."""
    if not is_name(name):
        raise BadFileName(errors=[FieldError("file", "Give it another name.", "bad_file_name")])


async def look_at(name: str, declared: str, size: int, read: Read) -> Looked:
    """What the file is; raises any of the refusals above."""
    refuse_name(name)
    if not size:
        raise EmptyFile
    head = await read(0, min(size, HEAD_BYTES))
    found, claims = found_in(head), claims_of(name, declared)
    if found == SVG:
        raise ActivePicture
    wrong = next((claim for claim in claims if not fits(claim, found)), None)
    if wrong is not None:
        raise WrongKind(f"By its content the file is {found}, and not {wrong}.")
    picture = picture_in(head) if found in PICTURES else None
    if found in PICTURES and picture is None:
        raise NotAPicture("The picture does not tell its size.")
    if picture is not None and picture.width * picture.height > MOST_PIXELS:
        raise TooManyPixels(f"The picture has {picture.width} x {picture.height} pixels.")
    if found == ZIP or head[:2] == b"PK":
        await _refuse_bomb(size, read)
    return Looked(settled(claims, found), picture)


async def _refuse_bomb(size: int, read: Read) -> None:
    directory = directory_in(await read(max(0, size - TAIL), size))
    if directory is None:
        raise WrongKind("The archive is cut off.")
    if not is_listed(directory) or directory.start + directory.length > size:
        raise ArchiveBomb
    entries = await read(directory.start, directory.start + directory.length) if directory.length else b""
    if is_bomb(size, unpacked_size(entries)):
        raise ArchiveBomb
