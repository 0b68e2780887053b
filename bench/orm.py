"""The usual way, for comparison: the product list and page through the SQLAlchemy ORM, Pydantic and FastAPI.

Served by uvicorn with the settings of an API process: `python -m bench.orm PORT POSTGRES_URL TENANT_ID`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import ForeignKeyConstraint, and_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, joinedload, mapped_column, relationship, selectinload

POOL = 12


class Base(DeclarativeBase):
    """All mapped classes."""


class Vendor(Base):
    """A vendor."""

    __tablename__ = "vendor"
    __table_args__ = ({"schema": "commerce"},)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    status: Mapped[str]


class StockLevel(Base):
    """What there is of a variant."""

    __tablename__ = "stock_level"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "variant_id"], ["commerce.variant.tenant_id", "commerce.variant.id"]),
        {"schema": "commerce"},
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]
    allocated: Mapped[int]
    backorder_limit: Mapped[int]


class Variant(Base):
    """A variant."""

    __tablename__ = "variant"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "product_id"], ["commerce.product.tenant_id", "commerce.product.id"]),
        {"schema": "commerce"},
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    sku: Mapped[str | None]
    title: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    price: Mapped[int]
    compare_at: Mapped[int | None]
    barcode: Mapped[str | None]
    weight_grams: Mapped[int]
    backorder: Mapped[bool]
    position: Mapped[int]
    active: Mapped[bool]
    levels: Mapped[list[StockLevel]] = relationship(lazy="raise")


class Image(Base):
    """An image of a product."""

    __tablename__ = "product_image"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "product_id"], ["commerce.product.tenant_id", "commerce.product.id"]),
        {"schema": "commerce"},
    )
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    position: Mapped[int]
    alt: Mapped[str]
    source_url: Mapped[str | None]


class Product(Base):
    """A product."""

    __tablename__ = "product"
    __table_args__ = ({"schema": "commerce"},)
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    slug: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    status: Mapped[str]
    kind: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    specifications: Mapped[dict[str, Any]] = mapped_column(JSONB)
    currency: Mapped[str]
    rating: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    vendor: Mapped[Vendor] = relationship(
        primaryjoin=lambda: and_(foreign(Product.vendor_id) == Vendor.id, Product.tenant_id == Vendor.tenant_id),
        lazy="raise",
        viewonly=True,
    )
    variants: Mapped[list[Variant]] = relationship(lazy="raise", order_by=Variant.position)
    images: Mapped[list[Image]] = relationship(lazy="raise", order_by=Image.position)


class MoneyOut(BaseModel):
    """An amount."""

    amount: int
    currency: str


class VendorOut(BaseModel):
    """A vendor."""

    id: UUID
    slug: str
    name: str


class CardOut(BaseModel):
    """A product in a list."""

    id: UUID
    slug: str
    title: str
    price: MoneyOut
    rating: float | None
    in_stock: bool
    image_url: str | None
    vendor: VendorOut


class CardsOut(BaseModel):
    """A page of products."""

    items: list[CardOut]
    next: str | None


class VariantOut(BaseModel):
    """A variant."""

    id: UUID
    sku: str | None
    title: str
    options: dict[str, str]
    price: MoneyOut
    barcode: str | None
    weight_grams: int
    backorder: bool
    stock: int
    in_stock: bool


class ImageOut(BaseModel):
    """An image."""

    id: UUID
    alt: str
    position: int
    url: str | None


class ProductOut(CardOut):
    """A product with everything about it."""

    description: str
    status: str
    kind: str
    tags: list[str]
    specifications: dict[str, Any]
    variants: list[VariantOut]
    images: list[ImageOut]
    version: int
    created_at: datetime
    updated_at: datetime


_WHOLE = (
    joinedload(Product.vendor),
    selectinload(Product.variants).selectinload(Variant.levels),
    selectinload(Product.images),
)
_PAGE = select(Product).where(Product.status == "published").order_by(Product.created_at.desc()).limit(20)


def _free(variant: Variant) -> int:
    return sum(level.on_hand - level.reserved - level.allocated for level in variant.levels)


def _card(product: Product) -> dict[str, Any]:
    alive = [variant for variant in product.variants if variant.active]
    return {
        "id": product.id,
        "slug": product.slug,
        "title": product.title,
        "price": MoneyOut(amount=min(variant.price for variant in alive), currency=product.currency),
        "rating": product.rating / 100 if product.rating else None,
        "in_stock": any(_free(variant) > 0 for variant in alive),
        "image_url": product.images[0].source_url if product.images else None,
        "vendor": VendorOut(id=product.vendor.id, slug=product.vendor.slug, name=product.vendor.name),
    }


def _variant(variant: Variant, currency: str) -> VariantOut:
    money = MoneyOut(amount=variant.price, currency=currency)
    return VariantOut(
        id=variant.id, sku=variant.sku, title=variant.title, options=variant.options, price=money,
        barcode=variant.barcode, weight_grams=variant.weight_grams, backorder=variant.backorder,
        stock=max(_free(variant), 0), in_stock=_free(variant) > 0,
    )  # fmt: skip


def build(url: str, tenant: UUID) -> FastAPI:
    """The application."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=POOL, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    tell = text(f"SET LOCAL fourfold.tenant = '{tenant}'")
    app = FastAPI()

    @asynccontextmanager
    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            await opened.execute(tell)
            yield opened

    @app.get("/products")
    async def products() -> CardsOut:
        async with session() as db:
            found = (await db.scalars(_PAGE.options(*_WHOLE))).all()
            return CardsOut(items=[CardOut(**_card(product)) for product in found], next=None)

    @app.get("/products/{product_id}")
    async def product(product_id: UUID) -> ProductOut:
        async with session() as db:
            found = (await db.scalars(select(Product).where(Product.id == product_id).options(*_WHOLE))).one()
            return ProductOut(
                **_card(found),
                description=found.description, status=found.status, kind=found.kind, tags=found.tags,
                specifications=found.specifications, version=found.version, created_at=found.created_at,
                updated_at=found.updated_at, variants=[_variant(each, found.currency) for each in found.variants],
                images=[ImageOut(id=i.id, alt=i.alt, position=i.position, url=i.source_url) for i in found.images],
            )  # fmt: skip

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2], UUID(sys.argv[3])),
        port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning",
        server_header=False, backlog=2048,
    )  # fmt: skip
