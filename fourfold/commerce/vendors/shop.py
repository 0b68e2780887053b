"""The shop's own facts, made with their defaults when they are first needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from slugify import slugify

from fourfold.commerce.vendors import queries, tables
from fourfold.contracts.core import TenantFacts, Tenants
from fourfold.ground.ids import new_id
from fourfold.ground.work import View

CURRENCY = "EUR"
NAME_LENGTH = 200
SLUG_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant's shop; `house_vendor_id` sells what belongs to no other vendor."""

    tenant_id: UUID
    name: str
    currency: str
    prices_include_tax: bool
    address: Mapping[str, Any]
    tax_id: str
    house_vendor_id: UUID | None
    version: int


async def ensure_shop(work: View) -> Shop:
    """The shop, which is made with its house vendor when there is none yet."""
    row = await queries.shop_row(work.db)
    if row is None or row["house_vendor_id"] is None:
        await _make(work)
        row = await queries.shop_row(work.db)
    if row is None:
        reason = "the shop was written and is not there"
        raise RuntimeError(reason)
    return _shop_of(row)


async def shop_of(view: View) -> Shop:
    """The shop for reading: with the defaults, and without a house vendor, when nothing is written yet."""
    row = await queries.shop_row(view.db)
    if row is None:
        name = _name_of(await view.ask(Tenants).facts_of(view.who.tenant_id))
        return Shop(view.who.tenant_id, name, CURRENCY, True, {}, "", None, 0)  # noqa: FBT003 - a positional record
    return _shop_of(row)


def _shop_of(row: asyncpg.Record) -> Shop:
    return Shop(**dict(row))


def _name_of(tenant: TenantFacts) -> str:
    return tenant.name[:NAME_LENGTH] or tenant.slug


async def _make(work: View) -> None:
    name = _name_of(await work.ask(Tenants).facts_of(work.who.tenant_id))
    owner = work.who.email if "owner" in work.who.roles else ""
    await tables.insert_shop(work.db, work.who.tenant_id, name, work.now)
    for slug in (slugify(name, max_length=SLUG_LENGTH) or "house", f"house-{work.who.tenant_id.hex[-12:]}"):
        # Nothing is added when somebody else was quicker, or when the slug is another vendor's.
        if await tables.insert_vendor(
            work.db, work.who.tenant_id, new_id(), None, name, slug, owner, 0, work.now, house=True
        ):
            return
