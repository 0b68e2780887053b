"""How usage is kept: by hour for reports, by month for quotas, and how far each spool file has been read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from fourfold.business.usage.rules import Visits
from fourfold.ground.db import Connection

_ADD = """
INSERT INTO business.usage AS kept
  (tenant_id, hour, account_id, key_id, method, route, status, version, requests, micros, slowest)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[],
  $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])
ON CONFLICT (tenant_id, hour, account_id, key_id, method, route, status) DO UPDATE SET
  requests = kept.requests + excluded.requests, micros = kept.micros + excluded.micros,
  slowest = greatest(kept.slowest, excluded.slowest)
"""

_ADD_TO_MONTHS = """
INSERT INTO business.month_usage AS kept (tenant_id, month, key_id, requests)
SELECT $1, * FROM unnest($2::date[], $3::uuid[], $4::bigint[])
ON CONFLICT (tenant_id, month, key_id) DO UPDATE SET requests = kept.requests + excluded.requests
RETURNING month, key_id, requests
"""


# What is being erased must not come back; and what is counted now, erasing waits for.
_HOLD = "SELECT true FROM core.tenant WHERE id = $1 AND status NOT IN ('erasing', 'deleted') FOR SHARE"


async def hold_tenant(db: Connection, tenant_id: UUID) -> bool:
    """Whether the tenant is there and stays there until the transaction ends."""
    return await db.fetchval(_HOLD, tenant_id) is not None


async def lock_spool(db: Connection, name: str) -> int:
    """How many bytes of the file are counted; nobody else counts more of it until the transaction ends."""
    await db.execute("INSERT INTO business.spool (name, done) VALUES ($1, 0) ON CONFLICT DO NOTHING", name)
    done: int = await db.fetchval("SELECT done FROM business.spool WHERE name = $1 FOR UPDATE", name)
    return done


async def advance_spool(db: Connection, name: str, done: int) -> None:
    """Keeps how many bytes of the file are counted."""
    await db.execute("UPDATE business.spool SET done = $2 WHERE name = $1", name, done)


async def forget_spool(db: Connection, name: str) -> None:
    """Drops what is known of a file that is gone."""
    await db.execute("DELETE FROM business.spool WHERE name = $1", name)


async def add_visits(db: Connection, visits: Sequence[Visits]) -> None:
    """Adds requests of the tenant that the transaction belongs to."""
    await db.execute(_ADD, *map(list, zip(*visits, strict=True)))


async def add_to_months(
    db: Connection, tenant_id: UUID, used: Mapping[tuple[date, UUID], int]
) -> list[tuple[date, UUID, int]]:
    """Adds to the months' figures; gives what they are now."""
    ordered = sorted(used)
    rows = await db.fetch(
        _ADD_TO_MONTHS, tenant_id, [month for month, _ in ordered], [key for _, key in ordered],
        [used[each] for each in ordered],
    )  # fmt: skip
    return [(row["month"], row["key_id"], row["requests"]) for row in rows]


async def delete_hours(db: Connection, before: datetime, most: int) -> int:
    """Deletes figures of hours before a time; says how many rows."""
    told = await db.execute(
        "DELETE FROM business.usage"
        " WHERE ctid = ANY (ARRAY(SELECT ctid FROM business.usage WHERE hour < $1 ORDER BY hour LIMIT $2))",
        before, most,
    )  # fmt: skip
    return int(told.split()[1])


async def delete_months(db: Connection, before: date) -> None:
    """Deletes what was counted against the quotas of months before one."""
    await db.execute("DELETE FROM business.month_usage WHERE month < $1", before)
