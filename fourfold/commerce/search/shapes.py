"""What leaves of the search: pages of cards, facets, suggestions."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.money import MoneyShape


class CardVendor(BaseModel):
    """Who sells it."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str = Field(examples=["north-star"])
    name: str = Field(examples=["North Star"])


class CardShape(BaseModel):
    """A product in a list; `price` is that of its cheapest variant."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str = Field(examples=["running-boots"])
    title: str = Field(examples=["Running boots"])
    price: MoneyShape
    rating: float | None = Field(description="0 to 5, null before the first review.", examples=[4.5])
    in_stock: bool
    image_url: str | None
    vendor: CardVendor


class CategoryFacet(BaseModel):
    """Hits in a category and below it."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    count: int


class VendorFacet(BaseModel):
    """Hits of a vendor."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    slug: str
    name: str
    count: int


class ValueFacet(BaseModel):
    """Hits with a value of an option, both in lower case."""

    model_config = ConfigDict(extra="forbid")
    value: str
    count: int


class PriceBucket(BaseModel):
    """Hits in a span of prices, both ends included, in minor units."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    least: int = Field(alias="from")
    most: int = Field(alias="to")
    count: int


class PriceFacet(BaseModel):
    """The span of prices, and how the hits are spread over it."""

    model_config = ConfigDict(extra="forbid")
    min: MoneyShape
    max: MoneyShape
    buckets: list[PriceBucket]


class FacetsShape(BaseModel):
    """How the hits are spread. `complete` is false when there were more hits than are counted."""

    model_config = ConfigDict(extra="forbid")
    total: int
    complete: bool
    in_stock: dict[str, int] = Field(examples=[{"true": 12, "false": 3}])
    categories: list[CategoryFacet]
    vendors: list[VendorFacet]
    options: dict[str, list[ValueFacet]]
    price: PriceFacet | None


class ListingPage(BaseModel):
    """A page of products; `mended` tells that words were read as others that are alike."""

    model_config = ConfigDict(extra="forbid")
    items: list[CardShape]
    next: str | None
    mended: bool = False
    facets: FacetsShape | None = None


class Suggestion(BaseModel):
    """Something to search for or to go to; `kind` is category, word or product."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    text: str
    slug: str | None
    image_url: str | None


class Suggestions(BaseModel):
    """What the typed beginning may become."""

    model_config = ConfigDict(extra="forbid")
    items: list[Suggestion]
