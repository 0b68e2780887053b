"""Ways in to what prices are made of: coupons, tax rates, shipping methods."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Query, Request, Response

from fourfold.commerce.pricing import queries
from fourfold.commerce.pricing.countries import CountryCode
from fourfold.commerce.pricing.defaults import ensure_pricing
from fourfold.commerce.pricing.keep import (
    ChangeCoupon,
    ChangeShippingMethod,
    ChangeTaxRate,
    KeepCoupon,
    KeepShippingMethod,
    KeepTaxRate,
    MatchesTag,
    NoSuchCoupon,
    NoSuchShippingMethod,
    NoSuchTaxRate,
    add_coupon,
    add_shipping_method,
    add_tax_rate,
    change_coupon,
    change_shipping_method,
    change_tax_rate,
    remove_coupon,
    remove_shipping_method,
    remove_tax_rate,
)
from fourfold.commerce.pricing.shapes import CouponShape, ShippingMethodShape, TaxRateShape
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.ground.answers import must_match, problems, tag_of
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "pricing")

Reading = Annotated[View, may("commerce:pricing:read", opens=View)]
Writing = Annotated[Work, may("commerce:pricing:write")]


def _tag(row: asyncpg.Record) -> str:
    return tag_of(row["id"], row["version"])


def _matches(request: Request) -> MatchesTag:
    return lambda row: must_match(request, _tag(row))


def _after(view: View, purpose: str, cursor: str | None) -> UUID | None:
    position = position_of(view, purpose, cursor)
    return UUID(position[0]) if position else None


def _next(view: View, purpose: str, rows: list[asyncpg.Record], limit: int) -> str | None:
    return cursor_for(view, purpose, [str(rows[limit - 1]["id"])]) if len(rows) > limit else None


@router.post("/coupons", status_code=201, summary="Make a coupon", responses=problems(401, 403, 409))
async def add_coupon_here(ask: KeepCoupon, work: Writing, response: Response) -> CouponShape:
    """Makes a coupon; its code is unique, whatever its case."""
    row = await add_coupon(work, ask)
    response.headers["ETag"] = _tag(row)
    return CouponShape.of(row)


@router.get("/coupons", summary="List coupons", responses=problems(401, 403))
async def list_coupons_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[CouponShape]:
    """The coupons, newest first, with how often each has been used."""
    rows = await queries.coupons_page(view.db, _after(view, "coupons", cursor), limit + 1)
    return Page(items=[CouponShape.of(row) for row in rows[:limit]], next=_next(view, "coupons", rows, limit))


@router.get("/coupons/{coupon_id}", summary="Read a coupon", responses=problems(401, 403, 404))
async def coupon_here(coupon_id: UUID, view: Reading, response: Response) -> CouponShape:
    """One coupon."""
    row = await queries.coupon_with_id(view.db, coupon_id)
    if row is None:
        raise NoSuchCoupon
    response.headers["ETag"] = _tag(row)
    return CouponShape.of(row)


@router.patch("/coupons/{coupon_id}", summary="Change a coupon", responses=problems(401, 403, 404, 409, 412))
async def change_coupon_here(
    coupon_id: UUID, ask: ChangeCoupon, work: Writing, request: Request, response: Response
) -> CouponShape:
    """Changes when and how often a coupon holds; what is not named stays."""
    row = await change_coupon(work, coupon_id, ask, _matches(request))
    response.headers["ETag"] = _tag(row)
    return CouponShape.of(row)


@router.delete(
    "/coupons/{coupon_id}", status_code=204, summary="Remove a coupon", responses=problems(401, 403, 404, 412)
)
async def remove_coupon_here(coupon_id: UUID, work: Writing, request: Request) -> None:
    """Removes a coupon; one that orders have used stays in the books, and does not hold any more."""
    await remove_coupon(work, coupon_id, _matches(request))


@router.post("/tax-rates", status_code=201, summary="Add a tax rate", responses=problems(401, 403, 409))
async def add_tax_rate_here(ask: KeepTaxRate, work: Writing, response: Response) -> TaxRateShape:
    """Sets the rate of a tax class at a place. Where several fit, region goes before country, and that before `*`."""
    row = await add_tax_rate(work, ask)
    response.headers["ETag"] = _tag(row)
    return TaxRateShape.of(row)


@router.get("/tax-rates", summary="List tax rates", responses=problems(401, 403))
async def list_tax_rates_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[TaxRateShape]:
    """The tax rates, newest first."""
    rows = await queries.tax_rates_page(view.db, _after(view, "tax-rates", cursor), limit + 1)
    return Page(items=[TaxRateShape.of(row) for row in rows[:limit]], next=_next(view, "tax-rates", rows, limit))


@router.get("/tax-rates/{rate_id}", summary="Read a tax rate", responses=problems(401, 403, 404))
async def tax_rate_here(rate_id: UUID, view: Reading, response: Response) -> TaxRateShape:
    """One tax rate."""
    row = await queries.tax_rate_with_id(view.db, rate_id)
    if row is None:
        raise NoSuchTaxRate
    response.headers["ETag"] = _tag(row)
    return TaxRateShape.of(row)


@router.patch("/tax-rates/{rate_id}", summary="Change a tax rate", responses=problems(401, 403, 404, 412))
async def change_tax_rate_here(
    rate_id: UUID, ask: ChangeTaxRate, work: Writing, request: Request, response: Response
) -> TaxRateShape:
    """Changes a rate; orders that have been placed keep theirs."""
    row = await change_tax_rate(work, rate_id, ask, _matches(request))
    response.headers["ETag"] = _tag(row)
    return TaxRateShape.of(row)


@router.delete(
    "/tax-rates/{rate_id}", status_code=204, summary="Remove a tax rate", responses=problems(401, 403, 404, 412)
)
async def remove_tax_rate_here(rate_id: UUID, work: Writing, request: Request) -> None:
    """Removes a tax rate."""
    await remove_tax_rate(work, rate_id, _matches(request))


@router.post("/shipping-methods", status_code=201, summary="Add a shipping method", responses=problems(401, 403))
async def add_shipping_method_here(ask: KeepShippingMethod, work: Writing, response: Response) -> ShippingMethodShape:
    """Adds a way to send."""
    row = await add_shipping_method(work, ask)
    response.headers["ETag"] = _tag(row)
    return ShippingMethodShape.of(row)


@router.get("/shipping-methods", summary="List shipping methods", responses=problems())
async def list_shipping_methods_here(
    work: Annotated[Work, public(opens=Work, keys="none")],
    country: Annotated[CountryCode | None, Query(description="Only those that go there.")] = None,
) -> Page[ShippingMethodShape]:
    """The ways to send, cheapest first; administrators see those that are switched off too.

    A new tenant has one, which goes everywhere.
    """
    await ensure_pricing(work, (await ensure_shop(work)).currency)
    rows = await queries.shipping_methods(work.db, country, unused_too=work.who.may("commerce:pricing:read"))
    return Page(items=[ShippingMethodShape.of(row) for row in rows], next=None)


@router.get("/shipping-methods/{method_id}", summary="Read a shipping method", responses=problems(401, 403, 404))
async def shipping_method_here(method_id: UUID, view: Reading, response: Response) -> ShippingMethodShape:
    """One way to send."""
    row = await queries.shipping_method_with_id(view.db, method_id)
    if row is None:
        raise NoSuchShippingMethod
    response.headers["ETag"] = _tag(row)
    return ShippingMethodShape.of(row)


@router.patch(
    "/shipping-methods/{method_id}", summary="Change a shipping method", responses=problems(401, 403, 404, 412)
)
async def change_shipping_method_here(
    method_id: UUID, ask: ChangeShippingMethod, work: Writing, request: Request, response: Response
) -> ShippingMethodShape:
    """Changes a way to send; what is not named stays, and `null` takes a limit away."""
    row = await change_shipping_method(work, method_id, ask, _matches(request))
    response.headers["ETag"] = _tag(row)
    return ShippingMethodShape.of(row)


@router.delete(
    "/shipping-methods/{method_id}",
    status_code=204,
    summary="Remove a shipping method",
    responses=problems(401, 403, 404, 412),
)
async def remove_shipping_method_here(method_id: UUID, work: Writing, request: Request) -> None:
    """Removes a way to send."""
    await remove_shipping_method(work, method_id, _matches(request))
