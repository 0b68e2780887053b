"""Decisions of an import: what a raw product means, what is wrong with it, its categories and its fingerprint."""

import re
from functools import lru_cache
from hashlib import sha256

import nh3
import orjson
from slugify import slugify

from fourfold.commerce.formats.imported import (
    MOST_CHARACTERS,
    MOST_IMAGES,
    MOST_TAGS,
    MOST_VARIANTS,
    ImportedImage,
    ImportedProduct,
    ImportedVariant,
    RawProduct,
    RawVariant,
    RowProblem,
    shown,
)

MOST_DESCRIPTION_BYTES = 200_000
# The parser looks through all open elements for each new one, so that time grows with the square of their number.
MOST_ELEMENTS = 10_000
MOST_STOCK = 999_999_999

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"https?://[^\s/?#\"<>\\^`{|}@]+(?:[/?#][^\s\"<>\\^`{|}]*)?", re.IGNORECASE)
# A text without these means the same to a browser and to a reader; there is nothing in it to make safe.
_MARKUP = re.compile(r"[<>&]")

_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_STATUSES = {"active": True, "published": True, "draft": False, "archived": False, "unlisted": False}
_POLICIES = {"": False, "continue": True, "deny": False, **_YES_OR_NO}


def product_of(raw: RawProduct, currency: str) -> ImportedProduct | list[RowProblem]:
    """The product, or all that is wrong with its rows; prices are read as amounts of `currency`."""
    handle = _handle_of(raw)
    title = raw.text(raw.line, "title", raw.title, needed=True)
    description = _description_of(raw)
    published = _is_published(raw)
    options = _options_of(raw)
    variants = _variants_of(raw, options, currency)
    images = _images_of(raw)
    tags = _tags_of(raw)
    vendor, kind, seo_title, seo_description = (
        raw.text(raw.line, name, value)
        for name, value in (
            ("vendor", raw.vendor),
            ("type", raw.type),
            ("seo_title", raw.seo_title),
            ("seo_description", raw.seo_description),
        )
    )
    if raw.problems:
        return raw.problems
    return ImportedProduct(
        line=raw.line,
        handle=handle,
        title=title,
        description_html=description,
        vendor_name=vendor or None,
        type=kind or None,
        tags=tags,
        published=published,
        options=tuple(options.values()),
        variants=variants,
        images=images,
        seo_title=seo_title,
        seo_description=seo_description,
    )


def handle_slug(handle: str) -> str:
    """A handle as it stands in an address: lower-case letters, digits and single hyphens; empty when none is left."""
    return handle if _SLUG.fullmatch(handle) else slugify(handle)


def categories_of(product: ImportedProduct) -> dict[str, str]:
    """Slug → name of the categories a product belongs to: its type; without a type each of its tags.

    A type is the shop's own classification (Necklace, Outdoor), one a product. Tags are looser (Gold, Wood) and would
    make a category of every material, so they decide only in shops that sort by tags alone (men, women).
    """
    found: dict[str, str] = {}
    for name in (product.type,) if product.type else product.tags:
        found.setdefault(_category_slug(name), name)
    found.pop("", None)
    return found


def category_slugs_of(product: ImportedProduct) -> tuple[str, ...]:
    """The slugs of `categories_of`, in the order of the file."""
    return tuple(categories_of(product))


def fingerprint_of(product: ImportedProduct) -> str:
    """SHA-256, in hex, of all that an import writes; not of the line, so that moving a product changes nothing."""
    canonical = [
        [product.handle, product.title, product.description_html, product.vendor_name, product.type],
        [product.published, product.seo_title, product.seo_description],
        product.tags,
        product.options,
        [
            [
                [each.options.get(name) for name in product.options],
                [each.sku, each.barcode, each.price, each.compare_at, each.stock, each.grams, each.backorder],
            ]
            for each in product.variants
        ],
        [tuple(image) for image in product.images],
    ]
    return sha256(orjson.dumps(canonical)).hexdigest()


@lru_cache(maxsize=4096)
def _category_slug(name: str) -> str:
    return slugify(name, max_length=MOST_CHARACTERS["handle"])


def _handle_of(raw: RawProduct) -> str:
    handle = raw.text(raw.line, "handle", raw.handle, needed=True)
    if not handle or len(handle) > MOST_CHARACTERS["handle"]:
        return ""
    slug = handle_slug(handle)
    if not slug:
        raw.wrong(raw.line, "handle", "bad_handle", f"{shown(handle)} has no letter or digit to make an address of.")
    elif len(slug) > MOST_CHARACTERS["handle"]:
        raw.wrong(raw.line, "handle", "too_long", f"spelled as {shown(slug)} it has {len(slug)} characters, not 255.")
    return slug


def _description_of(raw: RawProduct) -> str:
    text = raw.body.strip()
    size = len(text.encode())
    if size <= MOST_DESCRIPTION_BYTES and text.count("<") <= MOST_ELEMENTS:
        text = nh3.clean(text).strip() if _MARKUP.search(text) else text
        size = len(text.encode())
        if size <= MOST_DESCRIPTION_BYTES:
            return text
    message = (
        f"the text has {size:,} bytes; at most {MOST_DESCRIPTION_BYTES:,} and {MOST_ELEMENTS:,} elements are kept."
    )
    raw.wrong(raw.line, "body", "too_long", message)
    return ""


def _is_published(raw: RawProduct) -> bool:
    # Both may be there: a draft is not on sale, and an active product may still be hidden from the shop.
    published = raw.choice(raw.line, "published", raw.published, _YES_OR_NO) if raw.published else True
    return (raw.choice(raw.line, "status", raw.status, _STATUSES) if raw.status else True) and published


def _tags_of(raw: RawProduct) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag for each in raw.tags if (tag := each.strip())))
    if len(tags) > MOST_TAGS:
        raw.wrong(raw.line, "tags", "too_many", f"{len(tags)} tags; a product has at most {MOST_TAGS}.")
        return ()
    return tuple(raw.text(raw.line, "tags", tag) for tag in tags)


def _options_of(raw: RawProduct) -> dict[int, str]:
    """Place → name of each option; Shopify writes one called Title for products that have none."""
    named = {at: name.strip() for at, name in enumerate(raw.option_names) if name and not name.isspace()}
    if list(named.values()) == ["Title"] and _all_default(raw.variants, *named):
        return {}
    for at, name in named.items():
        raw.text(raw.line, f"option{at + 1}_name", name)
    names = list(named.values())
    if len(set(names)) != len(names):
        raw.wrong(raw.line, "option1_name", "duplicate_option", f"two options have the same name: {', '.join(names)}.")
    return named


def _all_default(variants: list[RawVariant], at: int) -> bool:
    return all(each.options[at].strip() in {"", "Default Title"} for each in variants)


def _variants_of(raw: RawProduct, options: dict[int, str], currency: str) -> tuple[ImportedVariant, ...]:
    if not raw.variants:
        raw.wrong(raw.line, "price", "missing", "the product has no variant; write at least one row with a price.")
    if len(raw.variants) > MOST_VARIANTS:
        raw.wrong(
            raw.variants[-1].line, "option1_value", "too_many", f"a product has at most {MOST_VARIANTS} variants."
        )
        return ()
    taken: set[tuple[str, ...]] = set()
    skus: set[str] = set()
    found = []
    for written in raw.variants:
        variant = _variant_of(raw, written, options, currency)
        combination = tuple(variant.options.values())
        if combination in taken:
            said = " / ".join(combination) or "without options"
            raw.wrong(written.line, "option1_value", "duplicate_variant", f"the variant {shown(said)} is there twice.")
        if variant.sku in skus:
            raw.wrong(written.line, "sku", "duplicate_variant", f"two variants have the SKU {shown(variant.sku)}.")
        taken.add(combination)
        skus.update(() if variant.sku is None else (variant.sku,))
        found.append(variant)
    return tuple(found)


def _variant_of(raw: RawProduct, written: RawVariant, options: dict[int, str], currency: str) -> ImportedVariant:
    line = written.line
    if written.currency and written.currency.upper() != currency:
        message = f"{shown(written.currency)}, but this import is in {currency}; import each currency by itself."
        raw.wrong(line, "currency", "wrong_currency", message)
    backorder = raw.choice(line, "policy", written.policy, _POLICIES)
    price = raw.amount(line, "price", written.price, currency)
    if price is None:
        raw.wrong(line, "price", "missing", "every variant needs a price, like 19.99.")
    return ImportedVariant(
        options=_chosen(raw, written, options),
        sku=(written.sku and raw.text(line, "sku", written.sku)) or None,
        price=price or 0,
        # Shopify writes 0.00 where nothing was entered; no offer was ever reduced from nothing.
        compare_at=raw.amount(line, "compare_at", written.compare_at, currency) or None,
        stock=_stock_of(raw, written, backorder=backorder),
        grams=raw.whole(line, "grams", written.grams),
        barcode=(written.barcode and raw.text(line, "barcode", written.barcode)) or None,
        backorder=backorder,
    )


def _stock_of(raw: RawProduct, written: RawVariant, *, backorder: bool) -> int:
    # Shopify counts pieces sold beyond the stock as a negative quantity: nothing is on the shelf then.
    return max(raw.whole(written.line, "stock", written.stock, least=-MOST_STOCK if backorder else 0), 0)


def _chosen(raw: RawProduct, written: RawVariant, options: dict[int, str]) -> dict[str, str]:
    for at, value in enumerate(written.options):
        if value and at not in options and value != "Default Title" and not value.isspace():
            message = f"{shown(value)} is the value of an option that has no name; name it in the product's first row."
            raw.wrong(written.line, f"option{at + 1}_value", "unknown_option", message)
    return {
        name: raw.text(written.line, f"option{at + 1}_value", written.options[at], needed=True)
        for at, name in options.items()
    }


def _images_of(raw: RawProduct) -> tuple[ImportedImage, ...]:
    if len(raw.images) > MOST_IMAGES:
        raw.wrong(raw.images[-1].line, "image_src", "too_many", f"a product has at most {MOST_IMAGES} images.")
        return ()
    found: dict[str, ImportedImage] = {}
    for line, written, position, alt in raw.images:
        src = raw.text(line, "image_src", written)
        if src and _URL.fullmatch(src) is None:
            message = f"{shown(src)} is no address of an image; it begins with https:// and has no spaces."
            raw.wrong(line, "image_src", "bad_url", message)
        place = raw.whole(line, "image_position", position) or len(found) + 1
        found.setdefault(src, ImportedImage(src, place, raw.text(line, "image_alt", alt)))
    return tuple(sorted(found.values(), key=lambda image: image.position))
