"""Products as they are to be: what forms, imports and demo data hand to the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ImageDraft:
    """A picture that lies elsewhere."""

    source_url: str
    position: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One thing to buy; `price` and `compare_at` in minor units; `stock` None leaves what is there."""

    sku: str | None
    options: Mapping[str, str]
    price: int
    title: str = ""
    compare_at: int | None = None
    barcode: str | None = None
    weight_grams: int = 0
    backorder: bool = False
    stock: int | None = None
    variant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as it is to be; `product_id` None makes a new one. `images` None leaves the pictures alone.

    `status` is draft, published or archived; `description` is HTML that is safe to show.
    """

    slug: str
    title: str
    status: str
    currency: str
    variants: tuple[VariantDraft, ...]
    description: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    specifications: Mapping[str, Any] = field(default_factory=dict)
    seo_title: str = ""
    seo_description: str = ""
    tax_class: str = "standard"
    category_ids: tuple[UUID, ...] = ()
    fingerprint: str | None = None
    images: tuple[ImageDraft, ...] | None = None
    product_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WrittenProduct:
    """What became of a draft; `variant_ids` in the order of its variants."""

    product_id: UUID
    slug: str
    created: bool
    variant_ids: tuple[UUID, ...]
