"""What callers send to make and edit products."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from fourfold.commerce.catalog.rules import MOST_ELEMENTS, SLUG_LENGTH
from fourfold.ground.money import MoneyShape

MOST_MINOR_UNITS = 10**12
MOST_PIECES = 1_000_000_000


def _not_below_zero(price: MoneyShape) -> MoneyShape:
    if not 0 <= price.amount <= MOST_MINOR_UNITS:
        reason = f"a price is between 0 and {MOST_MINOR_UNITS} minor units"
        raise ValueError(reason)
    return price


def _not_too_nested(text: str) -> str:
    if text.count("<") > MOST_ELEMENTS:
        reason = f"a description has at most {MOST_ELEMENTS} elements"
        raise ValueError(reason)
    return text


Price = Annotated[MoneyShape, AfterValidator(_not_below_zero)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Scalar = Annotated[str, Field(max_length=1000)] | bool | int | float
Specification = Scalar | Annotated[list[Scalar], Field(max_length=50)]
Slug = Annotated[str, Field(max_length=SLUG_LENGTH, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", examples=["running-boots"])]
Title = Annotated[str, Field(min_length=1, max_length=255, examples=["Running boots"])]
Description = Annotated[
    str,
    Field(max_length=100_000, description="HTML; what is not safe to show is taken out."),
    AfterValidator(_not_too_nested),
]
Status = Literal["draft", "published", "archived"]
Categories = Annotated[list[UUID], Field(max_length=50)]
Specifications = Annotated[dict[Word, Specification], Field(max_length=100, examples=[{"Material": "Leather"}])]
Tags = Annotated[list[Value], Field(max_length=250, examples=[["outdoor"]])]
TaxClass = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["standard"])]


class VariantAsk(BaseModel):
    """One thing to buy. With `id` an existing variant is meant; `stock` is what lies on the shelf."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    id: UUID | None = None
    sku: Annotated[str, Field(min_length=1, max_length=120)] | None = Field(None, examples=["BOOT-BLUE-XL"])
    title: str = Field("", max_length=255)
    options: dict[Word, Value] = Field(default={}, max_length=5, examples=[{"Colour": "Blue", "Size": "XL"}])
    price: Price
    compare_at: Price | None = None
    stock: int | None = Field(None, ge=0, le=MOST_PIECES, strict=True, examples=[12])
    barcode: Annotated[str, Field(max_length=120)] | None = None
    weight_grams: int = Field(0, ge=0, le=MOST_PIECES, strict=True)
    backorder: bool = Field(default=False, strict=True, description="Whether it is sold when nothing is on the shelf.")


class EditVariant(BaseModel):
    """What is to change of a variant."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    sku: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    title: str = Field("", max_length=255)
    options: dict[Word, Value] = Field(default={}, max_length=5)
    price: Price | None = None
    compare_at: Price | None = None
    stock: int | None = Field(None, ge=0, le=MOST_PIECES, strict=True)
    barcode: Annotated[str, Field(max_length=120)] | None = None
    weight_grams: int = Field(0, ge=0, le=MOST_PIECES, strict=True)
    backorder: bool = Field(default=False, strict=True)


class CreateProduct(BaseModel):
    """A new product. Without a slug one is made of the title; `vendor_id` is for administrators."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: Title
    slug: Slug | None = None
    description: Description = ""
    category_ids: Categories = []
    specifications: Specifications = {}
    status: Status = "draft"
    kind: str = Field("", max_length=255)
    tags: Tags = []
    seo_title: str = Field("", max_length=255)
    seo_description: str = Field("", max_length=1000)
    tax_class: TaxClass = "standard"
    vendor_id: UUID | None = None
    variants: list[VariantAsk] = Field(min_length=1, max_length=100)


class EditProduct(BaseModel):
    """What is to change of a product. `variants` is the whole list: those that it leaves out are sold no longer."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: Title = "-"
    slug: Slug = "-"
    description: Description = ""
    category_ids: Categories = []
    specifications: Specifications = {}
    status: Status = "draft"
    kind: str = Field("", max_length=255)
    tags: Tags = []
    seo_title: str = Field("", max_length=255)
    seo_description: str = Field("", max_length=1000)
    tax_class: TaxClass = "standard"
    variants: list[VariantAsk] = Field([], min_length=1, max_length=100)
