"""Reads of the shop's facts and of vendors."""

from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_VENDOR = (
    "SELECT id, account_id, name, slug, email, house, status, commission_bp, address, tax_id, version, created_at,"
    " updated_at FROM commerce.vendor"
)


async def shop_row(db: Connection) -> asyncpg.Record | None:
    """The shop's facts with its house vendor's id (null before the first write)."""
    return await db.fetchrow(
        "SELECT s.tenant_id, s.name, s.currency, s.prices_include_tax, s.address, s.tax_id, s.version,"
        " (SELECT v.id FROM commerce.vendor v WHERE v.house) AS house_vendor_id FROM commerce.shop s"
    )


async def vendor_with_id(db: Connection, vendor_id: UUID) -> asyncpg.Record | None:
    """The vendor with the id."""
    return await db.fetchrow(f"{_VENDOR} WHERE id = $1", vendor_id)


async def vendor_with_slug(db: Connection, slug: str) -> asyncpg.Record | None:
    """The vendor with the slug."""
    return await db.fetchrow(f"{_VENDOR} WHERE slug = $1", slug)


async def vendor_of_account(db: Connection, account_id: UUID) -> asyncpg.Record | None:
    """The vendor that an account sells as."""
    return await db.fetchrow(f"{_VENDOR} WHERE account_id = $1", account_id)


async def vendor_waiting_for(db: Connection, email: str) -> asyncpg.Record | None:
    """The vendor that was added for an address, and that nobody sells for yet."""
    return await db.fetchrow(
        f"{_VENDOR} WHERE account_id IS NULL AND NOT house AND email = $1 AND email <> '' ORDER BY id LIMIT 1", email
    )


async def vendors_page(
    db: Connection, status: str | None, only: UUID | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Vendors in the order of their arrival, behind the one with the id `after`."""
    conditions, values = ["true"], list[Any]()
    for condition, value in (("status = ${}", status), ("id = ${}", only), ("id > ${}", after)):
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    return await db.fetch(
        f"{_VENDOR} WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ${len(values) + 1}", *values, limit
    )


async def any_product(db: Connection) -> bool:
    """Whether the tenant has any product."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.product)"))
