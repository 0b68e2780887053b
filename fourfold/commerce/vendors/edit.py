"""A vendor is renamed, suspended, approved; the shop's own facts are changed."""

from typing import Literal
from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.pricing.defaults import ensure_pricing
from fourfold.commerce.search.jobs import Affected, refresh_affected
from fourfold.commerce.search.refresh import hide_vendor
from fourfold.commerce.vendors import queries, tables
from fourfold.commerce.vendors.add import Commission, Name, Slug, VendorTaken, refuse_unknown_account
from fourfold.commerce.vendors.shapes import PostalAddress
from fourfold.commerce.vendors.shop import Shop, ensure_shop
from fourfold.ground.answers import must_match, tag_of
from fourfold.ground.emails import Email
from fourfold.ground.money import CurrencyCode
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work


class NoSuchVendor(NotFound):
    """404: there is no such vendor, or the caller may not see it."""

    code = "commerce.no_such_vendor"


class HouseVendorStays(Conflict):
    """409: the shop cannot suspend itself."""

    code = "commerce.house_vendor_stays"
    title = "The shop's own vendor cannot be suspended"


class CurrencyInUse(Conflict):
    """409: there are prices in the shop's currency."""

    code = "commerce.currency_in_use"
    title = "The currency cannot change while there are products"


class EditVendor(BaseModel):
    """What is to change of a vendor."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name = "-"
    slug: Slug = "-"
    email: Email = ""
    account_id: UUID | None = None
    status: Literal["applied", "approved", "suspended"] = "approved"
    commission_bp: Commission = 0
    address: PostalAddress = PostalAddress()
    tax_id: str = Field("", max_length=60)


class EditShop(BaseModel):
    """What is to change of the shop."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name = "-"
    currency: CurrencyCode = "EUR"
    prices_include_tax: bool = Field(default=True, strict=True)
    address: PostalAddress = PostalAddress()
    tax_id: str = Field("", max_length=60)


def vendor_tag(row: asyncpg.Record) -> str:
    """The entity tag of a vendor."""
    return tag_of("vendor", row["id"], row["version"])


def shop_tag(shop: Shop) -> str:
    """The entity tag of the shop."""
    return tag_of("shop", shop.tenant_id, shop.version)


async def edit_vendor(work: Work, request: Request, vendor_id: UUID, ask: EditVendor) -> asyncpg.Record:
    """Changes what was sent. The products of a vendor that is not approved leave the shop at once."""
    row = await queries.vendor_with_id(work.db, vendor_id)
    if row is None:
        raise NoSuchVendor
    must_match(request, vendor_tag(row))
    changes = ask.model_dump(include=ask.model_fields_set)
    if row["house"] and changes.get("status", "approved") != "approved":
        raise HouseVendorStays
    await refuse_unknown_account(work, changes.get("account_id"))
    work.changed(dict(row), changes)
    try:
        changed = await tables.update_vendor(work.db, vendor_id, changes, work.now)
    except asyncpg.UniqueViolationError as problem:
        raise VendorTaken from problem
    if changed is None:
        raise NoSuchVendor
    if changed["status"] != "approved":
        await hide_vendor(work, vendor_id)
    elif any(changed[name] != row[name] for name in ("status", "name", "slug")):
        await refresh_affected(work, Affected(vendor_id=vendor_id))
    return changed


async def edit_shop(work: Work, request: Request, ask: EditShop) -> Shop:
    """Changes what was sent; the currency only while there are no products."""
    shop = await ensure_shop(work)
    must_match(request, shop_tag(shop))
    changes = ask.model_dump(include=ask.model_fields_set)
    currency = changes.get("currency", shop.currency)
    if currency != shop.currency and await queries.any_product(work.db):
        raise CurrencyInUse
    work.changed({name: getattr(shop, name, None) for name in changes}, changes)
    await tables.update_shop(work.db, changes, work.now)
    if currency != shop.currency:
        # Prices of ways to send are not converted: those of the last currency serve no cart from now on.
        await ensure_pricing(work, currency)
    return await ensure_shop(work)
