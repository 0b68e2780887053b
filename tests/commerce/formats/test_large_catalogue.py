"""A generated catalogue: what was written is what is read, in little memory."""

import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.catalogue import CATEGORIES, write_shopify_csv
from fourfold.commerce.formats.imported import ImportedProduct
from fourfold.commerce.formats.readers import read_products
from fourfold.commerce.formats.rules import category_slugs_of
from tests.commerce.formats.written_files import read


def test_every_product_is_read_and_every_broken_one_is_told(tmp_path: Path) -> None:
    """C-10: sound products are counted to the last piece; each broken one gives a problem of its price."""
    path = tmp_path / "catalogue.csv"
    wrote = write_shopify_csv(path, 2_000, seed=7, broken_every=50)
    products, problems = read(path)
    assert len(products) == 1_960
    assert wrote.broken == len(problems) == 40
    assert {problem.column for problem in problems} == {"Variant Price"}
    assert sum(len(product.variants) for product in products) == wrote.variants
    assert sum(len(product.images) for product in products) == wrote.images
    assert sum(variant.stock for product in products for variant in product.variants) == wrote.stock
    assert {slug for product in products for slug in category_slugs_of(product)} == {
        name.lower().replace(" ", "-") for name in CATEGORIES
    }


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    """C-10: benchmarks and tests compare like with like."""
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_shopify_csv(tmp_path / name, 50, seed)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """C-10: reading ten times the products takes the memory of their handles more, not of their rows."""
    # In a process of its own: the application in this one takes memory meanwhile too.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        peaks = [alone.submit(_peak_of, tmp_path / str(products), products).result() for products in (300, 3_000)]
    # A product's rows take more than a kilobyte.
    assert peaks[1] - peaks[0] < 3_000 * 600


def _peak_of(path: Path, products: int) -> int:
    """The most memory that reading so many products takes."""
    write_shopify_csv(path, products, seed=3)
    tracemalloc.start()
    assert sum(isinstance(found, ImportedProduct) for found in read_products(path, "EUR")) == products
    return tracemalloc.get_traced_memory()[1]
