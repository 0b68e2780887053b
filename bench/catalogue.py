"""Catalogues of any size in the columns of Shopify's product export, the same for the same seed."""

import csv
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

_STYLES = [
    "Classic",
    "Modern",
    "Vintage",
    "Rustic",
    "Minimal",
    "Nordic",
    "Boho",
    "Retro",
    "Urban",
    "Coastal",
    "Alpine",
    "Botanical",
    "Striped",
    "Quilted",
    "Woven",
    "Handmade",
    "Folding",
    "Compact",
    "Portable",
    "Waterproof",
    "Recycled",
    "Organic",
    "Lightweight",
    "Heavy-duty",
    "Everyday",
]
_COLOURS = [
    "Black",
    "White",
    "Ivory",
    "Charcoal",
    "Silver",
    "Navy",
    "Ocean",
    "Turquoise",
    "Emerald",
    "Olive",
    "Mustard",
    "Amber",
    "Coral",
    "Crimson",
    "Burgundy",
    "Plum",
    "Lavender",
    "Rose",
    "Copper",
    "Sand",
]
_MATERIALS = [
    "Cotton",
    "Linen",
    "Wool",
    "Silk",
    "Leather",
    "Denim",
    "Oak",
    "Walnut",
    "Bamboo",
    "Ceramic",
    "Glass",
    "Steel",
    "Brass",
    "Marble",
    "Cork",
    "Rattan",
    "Felt",
    "Canvas",
    "Cashmere",
    "Aluminium",
]
_THINGS = [
    "Shirt",
    "Jacket",
    "Jumper",
    "Skirt",
    "Dress",
    "Scarf",
    "Belt",
    "Backpack",
    "Wallet",
    "Sneakers",
    "Boots",
    "Bracelet",
    "Necklace",
    "Earrings",
    "Ring",
    "Watch",
    "Lamp",
    "Sofa",
    "Armchair",
    "Table",
    "Bookshelf",
    "Mirror",
    "Rug",
    "Cushion",
    "Blanket",
    "Candle",
    "Vase",
    "Planter",
    "Teapot",
    "Mug",
    "Kettle",
    "Skillet",
    "Knife",
    "Tent",
    "Lantern",
    "Bicycle",
    "Helmet",
    "Racket",
    "Notebook",
    "Keyboard",
]
_ROOMS = ["Men", "Women", "Kids", "Home", "Garden", "Kitchen", "Office", "Travel", "Outdoor", "Studio"]
_SECTIONS = [
    "Clothing",
    "Accessories",
    "Jewellery",
    "Furniture",
    "Lighting",
    "Decor",
    "Tableware",
    "Storage",
    "Tools",
    "Gifts",
]
_VENDORS = [
    f"{first} {last}"
    for first in ("Harbour", "Maple", "Sterling", "Juniper", "Larkspur", "Foundry", "Meridian", "Willow")
    for last in ("& Sons", "Goods", "Studio", "Trading")
]
_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
CATEGORIES = [f"{room} {section}" for room in _ROOMS for section in _SECTIONS]

_HEADER = [
    *["Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published"],
    *(f"Option{at} {part}" for at in (1, 2, 3) for part in ("Name", "Value")),
    *["Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty"],
    *["Variant Inventory Policy", "Variant Fulfillment Service", "Variant Price", "Variant Compare At Price"],
    *[
        "Variant Requires Shipping",
        "Variant Taxable",
        "Variant Barcode",
        "Image Src",
        "Image Position",
        "Image Alt Text",
    ],
    *[
        "Gift Card",
        "SEO Title",
        "SEO Description",
        "Variant Image",
        "Variant Weight Unit",
        "Variant Tax Code",
        "Cost per item",
    ],
]
_BROKEN_PRICES = ("19,99", "-5.00", "free", "")


class Written(NamedTuple):
    """What a generated file holds, counted while writing."""

    products: int
    broken: int
    rows: int
    variants: int
    images: int
    stock: int


def write_shopify_csv(path: Path, products: int, seed: int, broken_every: int | None = None) -> Written:
    """Write so many products; each `broken_every`-th has a price in its first row that cannot be imported.

    The counts of variants, images and stock are those of the sound products.
    """
    chance = random.Random(seed)
    broken = variants = images = stock = rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number in range(1, products + 1):
            lines = _rows_of(chance, number)
            rows += len(lines)
            if broken_every and number % broken_every == 0:
                lines[0][_PRICE] = chance.choice(_BROKEN_PRICES)
                broken += 1
            else:
                variants += sum(1 for line in lines if line[_PRICE])
                images += sum(1 for line in lines if line[_IMAGE])
                stock += sum(int(line[_STOCK] or 0) for line in lines)
            writer.writerows(lines)
    return Written(products, broken, rows, variants, images, stock)


_TITLE, _VALUE, _SKU, _STOCK = (
    _HEADER.index(f"{name}") for name in ("Title", "Option1 Value", "Variant SKU", "Variant Inventory Qty")
)
_PRICE, _IMAGE = _HEADER.index("Variant Price"), _HEADER.index("Image Src")


def _rows_of(chance: random.Random, number: int) -> list[list[str]]:
    style, colour, material, thing = (chance.choice(words) for words in (_STYLES, _COLOURS, _MATERIALS, _THINGS))
    title = f"{style} {colour} {material} {thing}"
    handle = f"{title.lower().replace(' ', '-')}-{number}"
    sizes = chance.randint(1, 6)
    price = chance.randint(499, 49_999)
    shots = chance.randint(1, 3)
    rows = []
    for at in range(max(sizes, shots)):
        row = dict.fromkeys(_HEADER, "")
        row["Handle"] = handle
        if at == 0:
            row |= _product_cells(chance, title, thing, material)
            row["Option1 Name"] = "Size" if sizes > 1 else "Title"
        if at < sizes:
            row |= _variant_cells(chance, number, at, price)
            row["Option1 Value"] = _SIZES[at] if sizes > 1 else "Default Title"
        if at < shots:
            row |= {
                "Image Src": f"https://images.example.com/{handle}-{at + 1}.jpg",
                "Image Position": str(at + 1),
                "Image Alt Text": f"{title}, view {at + 1}",
            }
        rows.append(list(row.values()))
    return rows


def _product_cells(chance: random.Random, title: str, thing: str, material: str) -> dict[str, str]:
    other = chance.choice(_STYLES).lower()
    return {
        "Title": title,
        "Body (HTML)": (
            f"<p>A {other} {thing.lower()} made of {material.lower()}, for every day and for "
            f'{chance.choice(_ROOMS).lower()}.</p>\n<ul><li>{material}, cared for "by hand"</li>'
            f"<li>Two years' guarantee</li></ul>"
        ),
        "Vendor": chance.choice(_VENDORS),
        "Type": chance.choice(CATEGORIES),
        "Tags": ", ".join(sorted({material, other, *chance.sample(_COLOURS, 2)})),
        "Published": "true",
        "Gift Card": "false",
        "SEO Title": title,
    }


def _variant_cells(chance: random.Random, number: int, at: int, price: int) -> dict[str, str]:
    asked = price + at * 100
    reduced = chance.random() < 0.3
    return {
        "Variant SKU": f"FF-{number:07d}-{at + 1}",
        "Variant Grams": str(chance.randint(20, 9_000)),
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": str(chance.randint(0, 500)),
        "Variant Inventory Policy": "continue" if chance.random() < 0.05 else "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": f"{asked // 100}.{asked % 100:02d}",
        "Variant Compare At Price": f"{asked * 5 // 400}.{asked * 5 // 4 % 100:02d}" if reduced else "",
        "Variant Requires Shipping": "true",
        "Variant Taxable": "true",
        "Variant Barcode": f"{4_000_000_000_000 + number * 10 + at}",
        "Variant Weight Unit": "kg",
    }


if __name__ == "__main__":
    began = time.perf_counter()
    print(write_shopify_csv(Path(sys.argv[1]), int(sys.argv[2]), seed=1))
    print(f"{time.perf_counter() - began:.1f} s")
