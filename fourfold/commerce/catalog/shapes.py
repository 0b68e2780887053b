"""What leaves of the catalogue: products as PostgreSQL writes them into JSON."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.money import MoneyShape


class VendorName(BaseModel):
    """Who sells it."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str = Field(examples=["north-star"])
    name: str = Field(examples=["North Star"])


class CategoryName(BaseModel):
    """A category that a product is in."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str = Field(examples=["shoes"])
    name: str = Field(examples=["Shoes"])


class PictureShape(BaseModel):
    """A picture of a product; `sizes` maps widths in pixels to addresses, and is empty for one that lies elsewhere."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    variant_id: UUID | None
    position: int
    alt: str
    status: str = Field(description="processing, done or failed", examples=["done"])
    url: str | None
    sizes: dict[str, str]
    width: int | None
    height: int | None


class VariantShape(BaseModel):
    """One thing to buy; `stock` counts the pieces that are there and promised to nobody."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    sku: str | None = Field(examples=["BOOT-BLUE-XL"])
    title: str
    options: dict[str, str] = Field(examples=[{"Colour": "Blue", "Size": "XL"}])
    price: MoneyShape
    compare_at: MoneyShape | None
    barcode: str | None
    weight_grams: int
    backorder: bool
    stock: int
    in_stock: bool


class SeoShape(BaseModel):
    """What search engines are shown."""

    model_config = ConfigDict(extra="forbid")
    title: str
    description: str


class ProductShape(BaseModel):
    """A product with all that hangs on it; `price` is that of its cheapest variant."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str = Field(examples=["running-boots"])
    title: str = Field(examples=["Running boots"])
    description: str = Field(description="HTML that is safe to show.")
    status: str = Field(description="draft, published or archived", examples=["published"])
    kind: str
    tags: list[str]
    options: list[str] = Field(description="The names of the options, in their order.")
    specifications: dict[str, Any]
    seo: SeoShape
    tax_class: str
    vendor: VendorName
    categories: list[CategoryName]
    images: list[PictureShape]
    image_url: str | None
    variants: list[VariantShape]
    price: MoneyShape | None
    in_stock: bool
    rating: float | None = Field(description="0 to 5, null before the first review.")
    rating_count: int
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class OwnProductShape(BaseModel):
    """A product in its vendor's list, drafts and archived ones included."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str
    title: str
    status: str
    vendor: VendorName
    variants: int
    stock: int
    price: MoneyShape | None
    image_url: str | None
    updated_at: datetime


class OwnProductsPage(BaseModel):
    """A page of a vendor's own list."""

    items: list[OwnProductShape]
    next: str | None
