"""Shopify's products as JSON: from one parsed product to a raw product, and from a product to its document."""

from typing import Any

from fourfold.commerce.formats.imported import (
    MOST_IMAGES,
    MOST_OPTIONS,
    MOST_VARIANTS,
    ImportedProduct,
    ImportedVariant,
    RawImage,
    RawProduct,
    RawVariant,
    shown,
)
from fourfold.ground.money import Money

_COLUMNS = {
    "body": "body_html",
    "type": "product_type",
    **{f"option{at}_name": "options.name" for at in range(1, MOST_OPTIONS + 1)},
    **{f"option{at}_value": f"variants.option{at}" for at in range(1, MOST_OPTIONS + 1)},
    "sku": "variants.sku",
    "price": "variants.price",
    "compare_at": "variants.compare_at_price",
    "stock": "variants.inventory_quantity",
    "grams": "variants.grams",
    "barcode": "variants.barcode",
    "policy": "variants.inventory_policy",
    "image_src": "images.src",
    "image_position": "images.position",
    "image_alt": "images.alt",
}
_VARIANT_FIELDS = (
    ("sku", "sku"),
    ("price", "price"),
    ("compare_at", "compare_at_price"),
    ("currency", "currency"),
    ("stock", "inventory_quantity"),
    ("grams", "grams"),
    ("barcode", "barcode"),
    ("policy", "inventory_policy"),
)


def raw_product_of(line: int, document: dict[str, Any]) -> RawProduct:
    """The product as written; what is no text, number or truth value where one belongs becomes a problem."""
    product = RawProduct(
        columns=_COLUMNS,
        line=line,
        handle="",
        title="",
        body="",
        vendor="",
        type="",
        tags=[],
        published="",
        status="",
        option_names=(),
        seo_title="",
        seo_description="",
    )
    product.handle = _written(product, "handle", document.get("handle"))
    product.title = _written(product, "title", document.get("title"))
    product.body = _written(product, "body", document.get("body_html"))
    product.vendor = _written(product, "vendor", document.get("vendor"))
    product.type = _written(product, "type", document.get("product_type"))
    product.status = _written(product, "status", document.get("status"))
    product.published = _written(product, "published", _published(document))
    product.tags = _tags(product, document.get("tags"))
    product.option_names = _option_names(product, document)
    product.seo_title = _written(product, "seo_title", document.get("seo_title"))
    product.seo_description = _written(product, "seo_description", document.get("seo_description"))
    product.variants = [_variant(product, each) for each in _parts(product, document, "variants", MOST_VARIANTS)]
    product.images = [_image(product, each) for each in _parts(product, document, "images", MOST_IMAGES)]
    return product


def document_of(product: ImportedProduct, currency: str) -> dict[str, Any]:
    """The JSON document that reads back as this product."""
    return {
        "handle": product.handle,
        "title": product.title,
        "body_html": product.description_html,
        "vendor": product.vendor_name,
        "product_type": product.type,
        "tags": product.tags,
        "status": "published" if product.published else "draft",
        "options": [{"name": name, "position": at} for at, name in enumerate(product.options, 1)],
        "variants": [_variant_document(product, each, currency) for each in product.variants],
        "images": [image._asdict() for image in product.images],
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
    }


def _variant_document(product: ImportedProduct, variant: ImportedVariant, currency: str) -> dict[str, Any]:
    reduced = variant.compare_at
    return {
        **{f"option{at}": variant.options[name] for at, name in enumerate(product.options, 1)},
        "sku": variant.sku,
        "price": Money(variant.price, currency).decimal_text(),
        "compare_at_price": None if reduced is None else Money(reduced, currency).decimal_text(),
        "currency": currency,
        "inventory_quantity": variant.stock,
        "inventory_policy": "continue" if variant.backorder else "deny",
        "grams": variant.grams,
        "barcode": variant.barcode,
    }


def plain_number(number: float) -> str:
    """A number as a person writes it: 5 for 5.0, and 19.99 where arithmetic left 19.990000000000002."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 10**15 else f"{number:.15g}"


def _written(product: RawProduct, name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            if "\0" in value:
                product.wrong(product.line, name, "nul_bytes", "the text has a NUL character in it; take it out.")
            return value.replace("\0", "\ufffd")
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return plain_number(value)
    product.wrong(product.line, name, "not_text", f"{shown(str(value))} stands where a text or a number belongs.")
    return ""


def _published(document: dict[str, Any]) -> Any:
    # Shopify's own answers have no flag: a product that is hidden from the shop has no time of publication.
    return document["published"] if "published" in document else document.get("published_at", "always") is not None


def _tags(product: RawProduct, value: Any) -> list[str]:
    tags = value if isinstance(value, list) else [value]
    return [part for tag in tags for part in _written(product, "tags", tag).split(",")]


def _option_names(product: RawProduct, document: dict[str, Any]) -> tuple[str, ...]:
    parts = _parts(product, document, "options", MOST_OPTIONS)
    names = [_written(product, "option1_name", each.get("name")) for each in parts]
    if len(names) > MOST_OPTIONS:
        product.wrong(product.line, "option1_name", "too_many", f"a product has at most {MOST_OPTIONS} options.")
    return (*names, *[""] * MOST_OPTIONS)[:MOST_OPTIONS]


def _parts(product: RawProduct, document: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    value = document.get(name)
    parts = value if isinstance(value, list) else [] if value is None else [value]
    for part in parts:
        if not isinstance(part, dict):
            product.wrong(product.line, name, "not_text", f"{shown(str(part))} stands where an object belongs.")
    return [part for part in parts if isinstance(part, dict)][: most + 1]


def _variant(product: RawProduct, document: dict[str, Any]) -> RawVariant:
    places = range(1, MOST_OPTIONS + 1)
    options = tuple([_written(product, f"option{at}_value", document.get(f"option{at}")) for at in places])
    cells = [_written(product, name, document.get(key)) for name, key in _VARIANT_FIELDS]
    return RawVariant(product.line, options, *cells)


def _image(product: RawProduct, document: dict[str, Any]) -> RawImage:
    src, position, alt = (_written(product, f"image_{key}", document.get(key)) for key in ("src", "position", "alt"))
    return RawImage(product.line, src, position, alt)
