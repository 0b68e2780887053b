"""How the shop's facts and the vendors are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def insert_shop(db: Connection, tenant_id: UUID, name: str, now: datetime) -> None:
    """Adds the shop's row; does nothing when there is one."""
    await db.execute(
        "INSERT INTO commerce.shop (tenant_id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)"
        " ON CONFLICT DO NOTHING",
        tenant_id, name, now,
    )  # fmt: skip


async def insert_vendor(
    db: Connection, tenant_id: UUID, vendor_id: UUID, account_id: UUID | None, name: str, slug: str, email: str,
    commission_bp: int, now: datetime, *, house: bool = False, status: str = "approved",
) -> bool:  # fmt: skip
    """Adds a vendor; False when the slug or the account is taken, or there is a house vendor already."""
    added = await db.fetchval(
        "INSERT INTO commerce.vendor (tenant_id, id, account_id, name, slug, email, commission_bp, house, status,"
        " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
        " ON CONFLICT DO NOTHING RETURNING true",
        tenant_id, vendor_id, account_id, name, slug, email, commission_bp, house, status, now,
    )  # fmt: skip
    return bool(added)


async def update_vendor(
    db: Connection, vendor_id: UUID, changes: dict[str, Any], now: datetime
) -> asyncpg.Record | None:
    """Sets any of name, slug, email, account_id, status, commission_bp, address, tax_id; gives back the row."""
    names = list(changes)
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(names, 3))
    return await db.fetchrow(
        f"UPDATE commerce.vendor SET updated_at = $2, version = version + 1{sets} WHERE id = $1 RETURNING *",
        vendor_id, now, *changes.values(),
    )  # fmt: skip


async def update_shop(db: Connection, changes: dict[str, Any], now: datetime) -> None:
    """Sets any of name, currency, prices_include_tax, address, tax_id."""
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(changes, 2))
    await db.execute(f"UPDATE commerce.shop SET updated_at = $1, version = version + 1{sets}", now, *changes.values())


async def claim_vendor(db: Connection, account_id: UUID, email: str, now: datetime) -> bool:
    """Lets an account sell for the vendor that was added for its address; False when there is none."""
    claimed = await db.fetchval(
        "UPDATE commerce.vendor SET account_id = $1, updated_at = $3, version = version + 1 WHERE id = ("
        " SELECT id FROM commerce.vendor WHERE account_id IS NULL AND NOT house AND email = $2 AND email <> ''"
        " ORDER BY id LIMIT 1 FOR UPDATE) RETURNING true",
        account_id, email, now,
    )  # fmt: skip
    return bool(claimed)
