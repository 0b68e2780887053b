"""What an import decides: safe descriptions, stock, categories, fingerprints, and the way out and back in."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold.commerce.formats.imported import ImportedImage, ImportedProduct, ImportedVariant
from fourfold.commerce.formats.layouts import own_header, own_rows_of
from fourfold.commerce.formats.readers import read_products
from fourfold.commerce.formats.rules import categories_of, category_slugs_of, fingerprint_of
from fourfold.ground.csv_text import guarded
from tests.commerce.formats.written_files import csv_text, read, simple_row, written

_VARIANT = ImportedVariant({"Size": "S"}, "A-1", 1999, 2500, 3, 250, "400", backorder=False)
_LAMP = ImportedProduct(
    line=2,
    handle="lamp",
    title="Lamp",
    description_html="<p>Warm</p>",
    vendor_name="Us",
    type="Lighting",
    tags=("brass", "desk"),
    published=True,
    options=("Size",),
    variants=(_VARIANT, replace(_VARIANT, options={"Size": "M"}, sku="A-2")),
    images=(ImportedImage("https://a.example/1.jpg", 1, "front"),),
    seo_title="A lamp",
    seo_description="",
)


def _one(folder: Path, **cells: str) -> ImportedProduct:
    products, problems = read(written(folder, csv_text([simple_row("lamp", **cells)])))
    assert problems == []
    return products[0]


def test_descriptions_are_made_safe(tmp_path: Path) -> None:
    """C-10: what could run in a reader's browser is taken out, and plain text stays as it is."""
    body = '<p onclick="x()">Hi</p><script>steal()</script><a href="javascript:x">y</a>'
    safe = _one(tmp_path, **{"Body_(HTML)": body}).description_html
    assert safe == '<p>Hi</p><a rel="noopener noreferrer">y</a>'
    assert _one(tmp_path, **{"Body_(HTML)": 'Plain, 3" long'}).description_html == 'Plain, 3" long'


@pytest.mark.parametrize(
    ("policy", "quantity", "stock", "backorder"),
    [("deny", "4", 4, False), ("continue", "4", 4, True), ("continue", "-2", 0, True), ("", "", 0, False)],
)
def test_stock_and_backorders(tmp_path: Path, policy: str, quantity: str, stock: int, backorder: bool) -> None:
    """C-10: pieces that Shopify sold beyond the stock leave nothing on the shelf."""
    variant = _one(tmp_path, Variant_Inventory_Policy=policy, Variant_Inventory_Qty=quantity).variants[0]
    assert (variant.stock, variant.backorder) == (stock, backorder)


def test_prices_before_a_reduction(tmp_path: Path) -> None:
    """C-10: a price of nothing was never asked; a product may be given away."""
    variant = _one(tmp_path, Variant_Price="0", Variant_Compare_At_Price="0.00").variants[0]
    assert (variant.price, variant.compare_at) == (0, None)


def test_prices_have_the_decimals_of_their_currency(tmp_path: Path) -> None:
    """C-10: minor units are those of ISO 4217."""
    path = written(tmp_path, csv_text([simple_row("lamp", Variant_Price="1500")]))
    (yen,) = read_products(path, "JPY")
    (dinar,) = read_products(path, "KWD")
    assert isinstance(yen, ImportedProduct)
    assert isinstance(dinar, ImportedProduct)
    assert (yen.variants[0].price, dinar.variants[0].price) == (1500, 1_500_000)


def test_tags_and_images_are_there_once_and_in_order(tmp_path: Path) -> None:
    """C-10: repeated tags fall together; images stand by their position."""
    assert _one(tmp_path, Tags=" b, a,, b ").tags == ("b", "a")
    rows = [simple_row("lamp", Image_Src=f"https://a.example/{at}", Image_Position=str(9 - at)) for at in (1, 2, 1)]
    rows[1:] = [row[:1] + [""] * (len(row) - 1) for row in rows[1:]]
    products, _ = read(written(tmp_path, csv_text(rows)))
    assert [image.position for image in products[0].images] == [8]


def test_categories() -> None:
    """C-10: the type decides; without one each tag; what cannot be spelled as a slug is no category."""
    assert categories_of(_LAMP) == {"lighting": "Lighting"}
    untyped = replace(_LAMP, type=None, tags=("Für Sie", "★", "fur sie", "Men"))
    assert categories_of(untyped) == {"fur-sie": "Für Sie", "men": "Men"}
    assert category_slugs_of(untyped) == ("fur-sie", "men")
    assert category_slugs_of(replace(_LAMP, type=None, tags=())) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"handle": "lamp-2"},
        {"title": "Lamp!"},
        {"description_html": "<p>Cold</p>"},
        {"vendor_name": None},
        {"type": "Decor"},
        {"tags": ("desk", "brass")},
        {"published": False},
        {"options": ("Format",), "variants": (replace(_VARIANT, options={"Format": "S"}),)},
        {"variants": (_VARIANT,)},
        {"variants": (replace(_VARIANT, stock=4), _LAMP.variants[1])},
        {"variants": (replace(_VARIANT, price=2000), _LAMP.variants[1])},
        {"variants": (replace(_VARIANT, compare_at=None), _LAMP.variants[1])},
        {"variants": (replace(_VARIANT, backorder=True), _LAMP.variants[1])},
        {"images": ()},
        {"images": (ImportedImage("https://a.example/1.jpg", 1, ""),)},
        {"seo_title": ""},
        {"seo_description": "x"},
    ],
)
def test_a_fingerprint_tells_every_change(change: dict) -> None:
    """C-10: whatever an import writes is in the fingerprint; the place in the file is not."""
    assert fingerprint_of(replace(_LAMP, **change)) != fingerprint_of(_LAMP)
    assert fingerprint_of(replace(_LAMP, line=99)) == fingerprint_of(_LAMP)
    assert len(fingerprint_of(_LAMP)) == 64


_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).map(str.strip)
_names = _words.filter(bool)
_numbers = st.integers(0, 999_999_999)


@st.composite
def _products(draw: st.DrawFn) -> ImportedProduct:
    # One option called Title is Shopify's word for none, and does not come back.
    options = tuple(draw(st.lists(_names.filter(lambda name: name != "Title"), max_size=3, unique=True)))
    count = draw(st.integers(1, 4)) if options else 1
    choices = draw(st.lists(st.tuples(*[_names for _ in options]), min_size=count, max_size=count, unique=True))
    skus = draw(st.lists(_names, min_size=count, max_size=count, unique=True))
    variants = tuple(
        ImportedVariant(
            options=dict(zip(options, choice, strict=True)),
            sku=draw(st.sampled_from([sku, None])),
            price=draw(_numbers),
            compare_at=draw(st.none() | st.integers(1, 10**9)),
            stock=draw(_numbers),
            grams=draw(_numbers),
            barcode=draw(st.none() | _names),
            backorder=draw(st.booleans()),
        )
        for choice, sku in zip(choices, skus, strict=True)
    )
    tag = _names.map(lambda text: text.replace(",", ".").strip()).filter(bool)
    return ImportedProduct(
        line=2,
        handle=draw(st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}", fullmatch=True)),
        title=draw(_names),
        description_html=draw(_words.filter(lambda text: not set(text) & set("<>&"))),
        vendor_name=draw(st.none() | _names),
        type=draw(st.none() | _names),
        tags=tuple(draw(st.lists(tag, max_size=5, unique=True))),
        published=draw(st.booleans()),
        options=options,
        variants=variants,
        images=tuple(ImportedImage(f"https://a.example/{at}", at, draw(_words)) for at in range(1, draw(_numbers) % 6)),
        seo_title=draw(_words),
        seo_description=draw(_words),
    )


@settings(max_examples=200, deadline=None)
@given(product=_products())
def test_our_own_table_goes_out_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory, product: ImportedProduct
) -> None:
    """C-10: exporting and importing changes nothing, and no exported cell is run as a formula."""
    rows = [[guarded(cell) for cell in row] for row in own_rows_of(product, "EUR")]
    assert not any(cell[:1] in {"=", "+", "-", "@", "\t", "\r"} for row in rows for cell in row if cell)
    path = written(tmp_path_factory.getbasetemp(), csv_text(rows, own_header()), "round-trip")
    assert list(read_products(path, "EUR")) == [product]
