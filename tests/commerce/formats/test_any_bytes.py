"""Whatever bytes arrive, an import answers with products, problems or a reason, and never breaks down."""

from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.commerce.formats.imported import FaultyProduct, ImportedProduct, UnreadableFile
from fourfold.commerce.formats.readers import Format, read_products
from tests.commerce.formats.written_files import csv_text, sheet_xml, shopify_row, simple_row, write_workbook, written

_SOUND = csv_text(
    [simple_row("lamp"), shopify_row("lamp", Image_Src="https://a.example/1"), simple_row("tür")]
).encode()
_formats = st.sampled_from([None, *Format])
_cells = st.text(st.sampled_from("ab,;\"\n\r\t'=-019. é\0\udcff"), max_size=12)


def _digest(path: Path, declared: str | None) -> None:
    with suppress(UnreadableFile):
        for found in read_products(path, "EUR", declared):
            assert isinstance(found, ImportedProduct | FaultyProduct)
            str(found).encode()


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), declared=_formats)
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes, declared: str | None) -> None:
    """C-10: bytes of no format at all."""
    _digest(written(tmp_path_factory.getbasetemp(), content, "any"), declared)


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=20), at=st.integers(0, len(_SOUND)), gone=st.integers(0, 9), wide=st.booleans())
def test_a_sound_csv_with_noise(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, gone: int, *, wide: bool
) -> None:
    """C-10: a file that was damaged anywhere, in UTF-8 and UTF-16."""
    content = _SOUND.decode().encode("utf-16") if wide else _SOUND
    _digest(written(tmp_path_factory.getbasetemp(), content[:at] + noise + content[at + gone :], "noise"), None)


@settings(max_examples=150, deadline=None)
@given(cells=st.lists(st.lists(_cells, max_size=24), max_size=6))
def test_any_cells(tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]) -> None:
    """C-10: below a sound header, any text in any number of cells."""
    content = csv_text(cells).encode("utf-8", "surrogateescape")
    _digest(written(tmp_path_factory.getbasetemp(), content, "cells"), None)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "src", "price"]), inner),
    max_leaves=8,
)
_keys = ["handle", "title", "body_html", "tags", "options", "variants", "images", "status", "published", "products"]


@settings(max_examples=150, deadline=None)
@given(products=st.lists(st.dictionaries(st.sampled_from(_keys), _values), max_size=4), lines=st.booleans())
def test_any_json(tmp_path_factory: pytest.TempPathFactory, products: list[dict], *, lines: bool) -> None:
    """C-10: any values under the keys of a product."""
    content = b"\n".join(map(orjson.dumps, products)) if lines else orjson.dumps({"products": products})
    _digest(written(tmp_path_factory.getbasetemp(), content, "json"), "ndjson" if lines else "json")


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=8), at=st.floats(0, 1), gone=st.integers(0, 9), packed=st.booleans())
def test_a_workbook_with_noise(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: float, gone: int, *, packed: bool
) -> None:
    """C-10: a workbook damaged in its archive or in its sheet."""
    sheet = sheet_xml([["handle", "title", "price"], ["lamp", "Lamp", 5.0], ["tür", "Tür", 1e300]])
    path = tmp_path_factory.getbasetemp() / "book"
    if packed:
        content = write_workbook(path, sheet).read_bytes()
        place = int(len(content) * at)
        path.write_bytes(content[:place] + noise + content[place + gone :])
    else:
        place = int(len(sheet) * at)
        write_workbook(path, sheet[:place] + noise.decode("latin-1") + sheet[place + gone :])
    _digest(path, "xlsx")
