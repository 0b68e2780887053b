"""From a file of a catalogue to its products, one at a time: CSV, JSON, NDJSON and Excel."""

import csv
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import orjson

from fourfold.commerce.formats.imported import (
    FaultyProduct,
    ImportedProduct,
    RawProduct,
    RowProblem,
    UnreadableFile,
    shown,
)
from fourfold.commerce.formats.json_products import raw_product_of
from fourfold.commerce.formats.layouts import OWN, SHOPIFY, Columns, raw_products
from fourfold.commerce.formats.rules import handle_slug, product_of
from fourfold.commerce.formats.workbooks import sheet_rows
from fourfold.ground.money import exponent_of

MOST_JSON_BYTES = 64 * 1024 * 1024
MOST_RECORD_CHARACTERS = 4_000_000

_DELIMITERS = ",;\t"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_PACKED, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Format(StrEnum):
    """What a catalogue may come as. A CSV or a sheet has the header of Shopify's export or of Fourfold's table."""

    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    XLSX = "xlsx"


def read_products(path: Path, currency: str, declared: str | None = None) -> Iterator[ImportedProduct | FaultyProduct]:
    """The products of the file in its order, those among them of which something is wrong with what it is.

    `declared` is a `Format`; without it the content decides. Raises `UnreadableFile`, possibly after the first
    products, when nothing can be read from here on; `NotMoney` for an unknown currency. Memory holds one product
    and the handles so far, except that JSON documents (up to 64 MB) and workbooks are held whole.
    """
    exponent_of(currency)
    chosen = _chosen(path, declared)
    seen: set[str] = set()
    empty = True
    for raw in _READERS[chosen](path):
        empty = False
        if isinstance(raw, RowProblem):
            yield FaultyProduct(raw.line, raw.handle, (raw,))
            continue
        handle = handle_slug(raw.handle) if len(raw.handle) < 1000 else raw.handle  # noqa: PLR2004 - far too long
        if handle in seen:
            message = f"{shown(handle)} has been there already; the rows of a product must follow each other."
            raw.wrong(raw.line, "handle", "duplicate_handle", message)
        elif handle:
            seen.add(handle)
        found = product_of(raw, currency)
        yield found if isinstance(found, ImportedProduct) else FaultyProduct(raw.line, raw.handle, tuple(found))
    if empty:
        raise UnreadableFile("empty", "The file has no products in it.")


def sniff(path: Path) -> Format:
    """The format that the first bytes of the file speak of; `UnreadableFile` when it is empty or none we know."""
    with path.open("rb") as file:
        start = file.read(65_536)
        if start.startswith(_PACKED):
            return Format.XLSX
        if start.startswith(_OLD_EXCEL):
            raise UnreadableFile("unknown_format", "This is an old Excel workbook (.xls); save it as .xlsx or CSV.")
        text = _as_text(start).strip()
        if not text and len(start) < 65_536:  # noqa: PLR2004 - all of the file was read
            raise UnreadableFile("empty", "The file is empty.")
        if not text.startswith(("{", "[")):
            return Format.CSV
        file.seek(0)
        return Format.NDJSON if _is_one_product(file.readline(MOST_RECORD_CHARACTERS)) else Format.JSON


def _chosen(path: Path, declared: str | None) -> Format:
    if declared is None:
        return sniff(path)
    try:
        chosen = Format(declared.lower())
    except ValueError:
        known = ", ".join(Format)
        message = f"{shown(declared)} is no format of a catalogue; choose one of {known}."
        raise UnreadableFile("unknown_format", message) from None
    if path.stat().st_size == 0:
        raise UnreadableFile("empty", "The file is empty.")
    return chosen


def _as_text(start: bytes) -> str:
    encoding = "utf-16" if start.startswith(_UTF16_MARKS) else "utf-8-sig"
    return start.decode(encoding, errors="replace")


def _is_one_product(line: bytes) -> bool:
    try:
        document = orjson.loads(line.removeprefix(_UTF8_MARK))
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and "products" not in document


# ------------------------------------------------------------------------------------------------- tables


class _Lines:
    """The lines of a text; `UnreadableFile` for a NUL and for a record that no table of products has."""

    def __init__(self, file: TextIO) -> None:
        self._next = partial(file.readline, MOST_RECORD_CHARACTERS)
        self.record_line = 1
        self.record_size = 0
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._next()
        if not line:
            raise StopIteration
        self.line += 1
        self.record_size += len(line)
        if "\0" in line:
            message = f"Line {self.line} has a NUL byte in it. Save the file as CSV in UTF-8."
            raise UnreadableFile("nul_bytes", message, self.line)
        if self.record_size >= MOST_RECORD_CHARACTERS:
            message = (
                f"The row that begins in line {self.record_line} is longer than {MOST_RECORD_CHARACTERS:,} "
                "characters; a quote that opens in it is probably never closed."
            )
            raise UnreadableFile("bad_quoting", message, self.record_line)
        return line


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    encoding = _encoding_of(path)
    # The limit is one for the whole process, so it is only ever raised; the lines watch the size of a record.
    csv.field_size_limit(max(csv.field_size_limit(), MOST_RECORD_CHARACTERS))
    # UTF-16 has no bytes to keep: what cannot be decoded there loses its place in the file.
    errors = "strict" if encoding == "utf-16" else "surrogateescape"
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        delimiter = _delimiter_of(file)
        file.seek(0)
        lines = _Lines(file)
        try:
            for cells in csv.reader(lines, delimiter=delimiter, strict=True):
                yield lines.record_line, cells
                lines.record_line, lines.record_size = lines.line + 1, 0
        except csv.Error as why:
            message = f"The quotes of the row that begins in line {lines.record_line} do not match: {why}."
            raise UnreadableFile("bad_quoting", message, lines.record_line) from why
        except UnicodeDecodeError as why:
            message = f"Line {lines.line + 1} is not the UTF-16 text that the file begins as. Save it as UTF-8."
            raise UnreadableFile("wrong_encoding", message, lines.line + 1) from why


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        mark = file.read(4)
    if mark in _UTF32_MARKS:
        raise UnreadableFile("wrong_encoding", "The file is UTF-32 text. Save it as UTF-8.", 1)
    return "utf-16" if mark.startswith(_UTF16_MARKS) else "utf-8-sig"


def _delimiter_of(file: TextIO) -> str:
    """The character which parts the header into the most columns that we know; a comma when none does."""
    try:
        header = next((line for line in islice(iter(partial(file.readline, 65_536), ""), 100) if line.strip()), "")
    except UnicodeDecodeError:
        return ","
    known = {name.casefold() for layout in (SHOPIFY, OWN) for name in layout.columns.values()}
    return max(
        _DELIMITERS,
        key=lambda each: len(known & {cell.strip('" \r\n').casefold() for cell in header.split(each)}),
    )


def _table_products(rows: Iterator[tuple[int, list[str]]]) -> Iterator[RawProduct]:
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            yield from raw_products(rows, Columns.of_header(cells, line))
            return


# --------------------------------------------------------------------------------------------------- JSON


def _json_products(path: Path) -> Iterator[RawProduct | RowProblem]:
    if path.stat().st_size > MOST_JSON_BYTES:
        message = "A JSON document may have 64 MB. Write one product a line (NDJSON), or use CSV."
        raise UnreadableFile("too_large", message)
    document = _parsed(path.read_bytes())
    products = document.get("products") if isinstance(document, dict) else document
    if not isinstance(products, list):
        message = 'The document has no list of products; it looks like {"products": [{"handle": ...}]}.'
        raise UnreadableFile("missing_columns", message)
    for at, product in enumerate(products, 1):
        yield _raw_product(at, product)


def _parsed(content: bytes) -> Any:
    encoding = "utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig"
    try:
        return orjson.loads(content.decode(encoding))
    except UnicodeDecodeError as why:
        line = content.count(b"\n", 0, why.start) + 1
        message = f"Line {line} is not {encoding[:-4].upper() if encoding != 'utf-16' else 'UTF-16'} text."
        raise UnreadableFile("wrong_encoding", f"{message} Save the file as UTF-8.", line) from why
    except orjson.JSONDecodeError as why:
        message = f"The JSON breaks off in line {why.lineno}, column {why.colno}: {why.msg}."
        raise UnreadableFile("bad_json", message, why.lineno) from why


def _ndjson_products(path: Path) -> Iterator[RawProduct | RowProblem]:
    with path.open("rb") as file:
        for at, line in enumerate(iter(partial(file.readline, MOST_RECORD_CHARACTERS), b""), 1):
            text = line.removeprefix(_UTF8_MARK) if at == 1 else line
            if text.startswith(_UTF16_MARKS):
                raise UnreadableFile("wrong_encoding", "NDJSON is UTF-8 text. Save the file as UTF-8.", at)
            if len(text) >= MOST_RECORD_CHARACTERS:
                message = f"Line {at} is longer than {MOST_RECORD_CHARACTERS:,} bytes; write one product a line."
                raise UnreadableFile("too_large", message, at)
            if text.strip():
                yield _line_product(at, text)


def _line_product(line: int, text: bytes) -> RawProduct | RowProblem:
    try:
        return _raw_product(line, orjson.loads(text.decode()))
    except UnicodeDecodeError as why:
        message = f"The text is not UTF-8 at byte {why.start + 1} of the line; save the file as UTF-8."
        return RowProblem(line, None, "bad_encoding", message, "")
    except orjson.JSONDecodeError as why:
        return RowProblem(line, None, "bad_json", f"The line is no JSON object: {why.msg}.", "")


def _raw_product(line: int, document: Any) -> RawProduct | RowProblem:
    if isinstance(document, dict):
        return raw_product_of(line, document)
    return RowProblem(line, None, "bad_json", f"{shown(str(document))} stands where a product belongs.", "")


_READERS = {
    Format.CSV: lambda path: _table_products(_csv_rows(path)),
    Format.XLSX: lambda path: _table_products(sheet_rows(path)),
    Format.JSON: _json_products,
    Format.NDJSON: _ndjson_products,
}
