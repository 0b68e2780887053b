"""A file is recognised for what it is, or refused."""

from pathlib import Path

from fourfold.commerce.formats.imported import UnreadableFile
from fourfold.commerce.formats.readers import Format, sniff
from fourfold.commerce.imports.rules import is_no_table
from fourfold.ground.refusals import FieldError, Invalid, UnsupportedType


class EmptyFile(Invalid):
    """422: there is nothing in the file."""

    code = "commerce.import_file_empty"
    title = "The file is empty"


class UnknownFormat(UnsupportedType):
    """415: the file is none of those that products come in."""

    code = "commerce.import_format_unknown"
    title = "Products come as CSV, Excel (.xlsx), JSON or NDJSON"


def format_of(path: Path, declared: Format | None = None) -> Format:
    """The format that the file is to be read as; raises `EmptyFile` and `UnknownFormat`."""
    with path.open("rb") as file:
        start = file.read(4096)
    try:
        found = sniff(path)
    except UnreadableFile as why:
        if why.code == "empty":
            raise EmptyFile(why.message, errors=[FieldError("file", why.message, "empty")]) from why
        raise UnknownFormat(why.message) from why
    if found is not Format.XLSX and is_no_table(start):
        raise UnknownFormat("The content of the file is neither text nor a workbook.")
    return declared or found
