"""Excel workbooks: the first sheet as rows of text, after a look at how large it would become in memory."""

from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile
from zlib import error as BadDeflate  # noqa: N812 - zlib calls its exception `error`

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from fourfold.commerce.formats.imported import UnreadableFile
from fourfold.commerce.formats.json_products import plain_number

MOST_BYTES_UNPACKED = 400_000_000
MOST_CELLS = 10_000_000

_CHUNK = 1 << 18
_SHEET = b"sheetData"
_UNREADABLE = (CalamineError, ExpatError, BadZipFile, BadDeflate, NotImplementedError, EOFError, OSError, RuntimeError)

Cell = int | float | str | bool | time | date | datetime | timedelta


def sheet_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of the first visible sheet; `UnreadableFile` for no workbook and for one beyond memory."""
    try:
        _refuse_what_is_too_large(path)
        with CalamineWorkbook.from_path(path) as book:
            names = [each.name for each in book.sheets_metadata if each.visible is SheetVisibleEnum.Visible]
            if not names:
                raise UnreadableFile("empty", "The workbook has no visible sheet.")
            sheet = book.get_sheet_by_name(names[0])
            for line, cells in enumerate(sheet.iter_rows(), 1):
                yield line, [_text_of(cell) for cell in cells]
    except PasswordError as why:
        raise UnreadableFile("unknown_format", "The workbook is protected by a password; save it without.") from why
    except _UNREADABLE as why:
        raise UnreadableFile("unknown_format", f"This is no Excel workbook (.xlsx) that can be read: {why}") from why


def _text_of(cell: Cell) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return plain_number(cell)
        case date() | time():
            return cell.isoformat()
    return str(cell)


def _refuse_what_is_too_large(path: Path) -> None:
    """Read the workbook through once in pieces: two cells far apart, or a few packed bytes, can stand for gigabytes."""
    left = MOST_BYTES_UNPACKED
    with ZipFile(path) as packed:
        for entry in packed.infolist():
            whole = copy(entry)
            # The size that the archive states may be a lie; with this one the reading goes on until we stop it.
            whole.file_size = MOST_BYTES_UNPACKED + 2 * _CHUNK
            with packed.open(whole) as part:
                left -= _measured(part, left, is_xml=entry.filename.endswith((".xml", ".rels")))


def _measured(part: IO[bytes], left: int, *, is_xml: bool) -> int:
    taken = 0
    extent = _Extent()
    seam = b""
    while piece := part.read(_CHUNK):
        taken += len(piece)
        if taken > left:
            raise UnreadableFile(
                "too_large", f"The workbook unpacks to more than {MOST_BYTES_UNPACKED:,} bytes. Save it as CSV."
            )
        if is_xml:
            extent.feed(piece)
        elif _SHEET in seam + piece:
            raise UnreadableFile("unknown_format", "The workbook keeps a sheet in a part that is not named .xml.")
        seam = piece[-len(_SHEET) :]
    return taken


class _Extent:
    """How far the cells of a sheet reach, counted as their reader counts: by reference, else one after the other."""

    def __init__(self) -> None:
        self._row = self._column = self._rows = self._columns = 0
        self._parser = ParserCreate()
        self._parser.StartElementHandler = self._element
        self._parser.EntityDeclHandler = self._entity

    def feed(self, piece: bytes) -> None:
        """Take the next piece; `UnreadableFile` when the table is too large by now."""
        self._parser.Parse(piece, False)  # noqa: FBT003 - expat takes no keywords
        if self._rows * self._columns > MOST_CELLS:
            raise UnreadableFile(
                "too_large",
                f"The sheet reaches to row {self._rows:,} and column {self._columns:,}, more than {MOST_CELLS:,} "
                "cells. Delete what lies outside the table, or save it as CSV.",
            )

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            self._cell(attributes.get("r", ""))
        elif kind == "row":
            given = attributes.get("r", "")
            self._row = int(given[:9]) if given.isdecimal() else self._row + 1
            self._column = 0
            self._rows = max(self._rows, self._row)

    def _cell(self, place: str) -> None:
        letters = place.rstrip("0123456789")
        row = place[len(letters) :]
        self._column = _column_number(letters) if letters else self._column + 1
        self._columns = max(self._columns, self._column)
        if row:
            self._rows = max(self._rows, int(row[:9]))

    def _entity(self, *_: object) -> None:
        raise UnreadableFile("unknown_format", "The workbook defines XML entities, which Excel never does.")


@lru_cache(maxsize=1024)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - 64
    return max(number, 1)
