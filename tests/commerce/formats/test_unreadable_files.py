"""Files that cannot be read as a whole: each says why, and where a person should look."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from fourfold.commerce.formats import readers
from fourfold.commerce.formats.imported import UnreadableFile
from fourfold.commerce.formats.readers import read_products
from fourfold.ground.money import NotMoney
from tests.commerce.formats.written_files import (
    SHOPIFY_HEADER,
    csv_text,
    read,
    sheet_xml,
    simple_row,
    write_workbook,
    written,
)

_SOUND = csv_text([simple_row("lamp"), simple_row("vase")])


def _refusal(path: Path, declared: str | None = None) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(path, declared)
    assert caught.value.message
    assert str(caught.value) == caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "empty", None),
        (b" \r\n\r\n", "empty", None),
        (b"\xef\xbb\xbf", "empty", None),
        (",".join(SHOPIFY_HEADER).encode(), "empty", None),
        (b'{"products": []}', "empty", None),
        (b"[]", "empty", None),
        (b"a,b,c\r\n1,2,3\r\n", "missing_columns", 1),
        (b"Handle,Title\r\nlamp,Lamp\r\n", "missing_columns", 1),
        (b"handle,title,price,title\r\nlamp,Lamp,5,x\r\n", "duplicate_column", 1),
        (_SOUND.replace("Vase", "Va\0se").encode(), "nul_bytes", 3),
        (_SOUND.encode("utf-16-le"), "nul_bytes", 1),
        (_SOUND.encode("utf-32"), "wrong_encoding", 1),
        (_SOUND.encode("utf-16")[:-1], "wrong_encoding", 3),
        (_SOUND.replace("Handle", "Händle").encode("latin-1"), "wrong_encoding", 1),
        (_SOUND.replace("Vase", '"Vase').encode(), "bad_quoting", 3),
        (_SOUND.replace("Lamp", '"La"mp').encode(), "bad_quoting", 2),
        (_SOUND.encode() + b'x,"' + b"y\r\n" * 1_500_000, "bad_quoting", 4),
        (_SOUND.encode() + b"x" * 4_100_000, "bad_quoting", 4),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unknown_format", None),
        (b"PK\x03\x04 and no more", "unknown_format", None),
        (b'{"products": [{"handle": "lamp",\n "title" }]}', "bad_json", 2),
        (b'{"products": [\n{"title": "Caf\xe9"}]}', "wrong_encoding", 2),
        (b'{"products": "none"}', "missing_columns", None),
        (b"[" * 100_000, "bad_json", 1),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, code: str, line: int | None) -> None:
    """C-10: the reason has a code, a sentence and, where there is one, a line."""
    refusal = _refusal(written(tmp_path, content))
    assert (refusal.code, refusal.line) == (code, line)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """C-10: whoever exports the file anew reads which columns to add."""
    refusal = _refusal(written(tmp_path, b"Handle,Title,Vendor,Variant SKU\r\nlamp,Lamp,Us,1\r\n"))
    assert "Variant Price" in refusal.message
    assert "Shopify" in refusal.message


def test_what_came_before_an_unreadable_line_is_read(tmp_path: Path) -> None:
    """C-10: a stream gives the products before the fault, except the last, whose rows the fault may have swallowed."""
    found = read_products(written(tmp_path, _SOUND + 'vase,"'), "EUR")
    assert next(found).handle == "lamp"
    with pytest.raises(UnreadableFile, match="line 4"):
        next(found)


def test_an_unknown_format_lists_the_known(tmp_path: Path) -> None:
    """C-10: a declared format is one of four."""
    refusal = _refusal(written(tmp_path, _SOUND), "pdf")
    assert refusal.code == "unknown_format"
    assert "csv, json, ndjson, xlsx" in refusal.message


@pytest.mark.parametrize("declared", ["csv", "json", "ndjson", "xlsx"])
def test_an_empty_file_is_empty_in_every_format(tmp_path: Path, declared: str) -> None:
    """C-10: nothing is nothing, whatever it is called."""
    assert _refusal(written(tmp_path, b""), declared).code == "empty"


def test_the_currency_must_exist(tmp_path: Path) -> None:
    """C-10: prices are read in a currency of ISO 4217."""
    with pytest.raises(NotMoney):
        next(read_products(written(tmp_path, _SOUND), "XYZ"))


def test_a_json_document_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-10: what must be held whole is bounded, and the message names the formats that are not."""
    path = written(tmp_path, b"")
    with path.open("wb") as file:
        file.truncate(readers.MOST_JSON_BYTES + 1)
    refusal = _refusal(path, "json")
    assert refusal.code == "too_large"
    assert "NDJSON" in refusal.message


def test_a_line_of_ndjson_has_a_size(tmp_path: Path) -> None:
    """C-10: a product of four megabytes is none."""
    path = written(tmp_path, b'{"handle": "' + b"x" * readers.MOST_RECORD_CHARACTERS + b'"}')
    assert _refusal(path, "ndjson").code == "too_large"
    assert _refusal(written(tmp_path, '{"handle": "x"}'.encode("utf-16")), "ndjson").code == "wrong_encoding"


@pytest.mark.parametrize(
    "sheet",
    [
        '<worksheet><sheetData><row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row></sheetData>',
        '<worksheet><sheetData><row r="1048576">' + "<c/>" * 16_000 + "</row></sheetData>",
        '<worksheet><sheetData><x:row xmlns:x="y" r="9"><x:c r="ZZ999999"/></x:row></sheetData>',
    ],
)
def test_a_sheet_with_far_cells_is_refused_before_it_fills_memory(tmp_path: Path, sheet: str) -> None:
    """C-10: a few bytes that stand for billions of cells are counted, not laid out."""
    refusal = _refusal(write_workbook(tmp_path / "book", sheet + "</worksheet>"))
    assert refusal.code == "too_large"
    assert "row" in refusal.message


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-10: the bytes are counted while unpacking, whatever size the archive states."""
    monkeypatch.setattr("fourfold.commerce.formats.workbooks.MOST_BYTES_UNPACKED", 1_000_000)
    path = write_workbook(tmp_path / "book", sheet_xml([["handle"]]))
    with ZipFile(path, "a", ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"<sst>" + b" " * 2_000_000)
    content = path.read_bytes()
    for whole in (content, content.replace((2_000_005).to_bytes(4, "little"), (5).to_bytes(4, "little"))):
        assert _refusal(written(tmp_path, whole)).code == "too_large"


def test_a_workbook_hides_no_sheet_and_no_entity(tmp_path: Path) -> None:
    """C-10: a sheet under another name would not be measured, and entities are how a kilobyte becomes a gigabyte."""
    sheet = sheet_xml([["handle", "title", "price"], ["lamp", "Lamp", 5]])
    hidden = _refusal(write_workbook(tmp_path / "book", sheet, "xl/worksheets/sheet1.png"))
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet
    assert hidden.code == "unknown_format"
    assert _refusal(write_workbook(tmp_path / "book", entity)).code == "unknown_format"


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    """C-10: another archive, or a workbook cut short, is no workbook."""
    path = tmp_path / "book"
    with ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "hello")
    assert _refusal(path).code == "unknown_format"
    whole = write_workbook(path, sheet_xml([["handle", "title", "price"]])).read_bytes()
    assert _refusal(written(tmp_path, whole[:-40])).code == "unknown_format"
