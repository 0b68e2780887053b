"""The three catalogues that Shopify publishes as samples of its export, read to the last cent."""

import os
from pathlib import Path

import pytest

from fourfold.commerce.formats.imported import ImportedImage, ImportedProduct, ImportedVariant
from fourfold.commerce.formats.rules import category_slugs_of, fingerprint_of
from tests.commerce.formats.written_files import read

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
_SAMPLES = Path(os.environ.get("FOURFOLD_SHARED_DATA", _BESIDE)) / "shopify-products"

pytestmark = pytest.mark.skipif(
    not _SAMPLES.is_dir(),
    reason=f"Shopify's sample exports are not at {_SAMPLES}; FOURFOLD_SHARED_DATA names the folder above them",
)


def _catalogue(name: str) -> dict[str, ImportedProduct]:
    products, problems = read(_SAMPLES / f"{name}.csv")
    assert problems == []
    return {product.handle: product for product in products}


@pytest.mark.parametrize(
    ("name", "products", "variants", "images", "stock", "prices", "reduced", "reduced_from"),
    [
        ("apparel", 20, 22, 20, 22, 129500, 0, 0),
        ("home-and-garden", 20, 21, 21, 65, 234584, 16, 203198),
        ("jewelery", 20, 23, 41, 20, 98074, 17, 80685),
    ],
)
def test_everything_is_counted(
    name: str, products: int, variants: int, images: int, stock: int, prices: int, reduced: int, reduced_from: int
) -> None:
    """C-10: products, variants, images, pieces and amounts of the real files are exact."""
    catalogue = _catalogue(name)
    kinds = [variant for product in catalogue.values() for variant in product.variants]
    before = [variant.compare_at for variant in kinds if variant.compare_at is not None]
    assert len(catalogue) == products
    assert len(kinds) == variants
    assert sum(len(product.images) for product in catalogue.values()) == images
    assert sum(variant.stock for variant in kinds) == stock
    assert sum(variant.price for variant in kinds) == prices
    assert (len(before), sum(before)) == (reduced, reduced_from)


def test_a_product_of_several_rows_is_one() -> None:
    """C-10: variants and further images come from the rows below the first, which alone names the option."""
    anchor = _catalogue("jewelery")["leather-anchor"]
    shots = ("anchor-bracelet-mens", "anchor-bracelet-for-men", "leather-anchor-bracelet-for-men")
    assert anchor == ImportedProduct(
        line=4,
        handle="leather-anchor",
        title="Anchor Bracelet Mens",
        description_html="Black leather bracelet with gold or silver anchor for men.",
        vendor_name="Company 123",
        type="Bracelet",
        tags=("Anchor", "Gold", "Leather", "Silver"),
        published=True,
        options=("Color",),
        variants=(
            ImportedVariant({"Color": "Gold"}, None, 6999, 8500, 1, 0, None, backorder=False),
            ImportedVariant({"Color": "Silver"}, None, 5500, 8500, 0, 0, None, backorder=False),
        ),
        images=tuple(
            ImportedImage(f"https://burst.shopifycdn.com/photos/{shot}_925x.jpg", place, "")
            for place, shot in enumerate(shots, 1)
        ),
        seo_title="",
        seo_description="",
    )


def test_a_default_title_is_no_option() -> None:
    """C-10: Shopify's placeholder for a product without options leaves no trace; weight and blank places are kept."""
    earrings = _catalogue("jewelery")["boho-earrings"]
    assert earrings.options == ()
    assert earrings.variants == (ImportedVariant({}, None, 2799, 3599, 1, 28, None, backorder=False),)
    armchair = _catalogue("home-and-garden")["pink-armchair"]
    assert [image.position for image in armchair.images] == [1]
    assert armchair.variants[0].stock == 0


def test_lines_are_those_of_the_file() -> None:
    """C-10: a description over eight lines moves what follows; the line is where a person finds the row."""
    catalogue = _catalogue("jewelery")
    assert catalogue["choker-with-gold-pendant"].line == 14
    assert catalogue["choker-with-triangle"].line == 23
    assert "<li>Lobster clasp</li>" in catalogue["choker-with-gold-pendant"].description_html


def test_categories_come_from_types_else_from_tags() -> None:
    """C-10: the types of two catalogues and the tags of the one without types become its categories."""
    found: dict[str, set[str]] = {name: set() for name in ("apparel", "home-and-garden", "jewelery")}
    for name, slugs in found.items():
        slugs.update(slug for product in _catalogue(name).values() for slug in category_slugs_of(product))
    assert found == {
        "apparel": {"men", "women"},
        "home-and-garden": {"indoor", "outdoor"},
        "jewelery": {"bracelet", "earrings", "necklace"},
    }


def test_reading_twice_gives_the_same_fingerprints() -> None:
    """C-10: the same file again is the same catalogue, and no two of its products are alike."""
    once, again = ([fingerprint_of(each) for each in _catalogue("jewelery").values()] for _ in range(2))
    assert once == again
    assert len(set(once)) == 20
