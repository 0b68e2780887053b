"""Reads for departures: which tables a tenant has, exports, and deletions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

# What every role may read of the catalogue: each table with a tenant, whatever line of migrations made it.
_TABLES = """
SELECT n.nspname || '.' || c.relname AS name,
  array_agg(a.attname::text ORDER BY a.attnum) AS columns,
  array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS kinds,
  (SELECT array_agg(k.attname::text ORDER BY array_position(x.indkey::int[], k.attnum::int))
   FROM pg_index x JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (x.indkey)
   WHERE x.indrelid = c.oid AND x.indisprimary) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped)
GROUP BY c.oid, n.nspname, c.relname ORDER BY 1
"""

_REFERENCES = """
SELECT conrelid::regclass::text AS came, confrelid::regclass::text AS went FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid
"""

# Said again, since the worker sees the queues of all tenants.
_OURS = "tenant_id = nullif(current_setting('fourfold.tenant', true), '')::uuid"

_EXPORT = """
SELECT id, status, created_at, finished_at, key, size, sha256, tables, files FROM core.tenant_export
"""

_DELETION = """
SELECT id, owner_id, requested_by, requested_at, due_at, owner_email, cancel_hash, cancelled_at, export_sha256,
  counts, files, keys, done_at, receipt, signature FROM core.deletion
"""


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table with rows of tenants: its name with the schema, columns, their kinds, and the primary key."""

    name: str
    columns: Sequence[str]
    kinds: Sequence[str]
    key: Sequence[str]


async def tenant_tables(db: Connection) -> list[TenantTable]:
    """Every table that has a tenant, by name."""
    return [TenantTable(**dict(row)) for row in await db.fetch(_TABLES)]


async def table_references(db: Connection) -> list[tuple[str, str]]:
    """Which table refers to which."""
    return [(row["came"], row["went"]) for row in await db.fetch(_REFERENCES)]


async def rows_of_tenant(db: Connection, table: str) -> int:
    """How many rows of the transaction's tenant a table holds."""
    return int(await db.fetchval(f"SELECT count(*) FROM {table} WHERE {_OURS}"))


async def export_with_id(db: Connection, export_id: UUID) -> asyncpg.Record | None:
    """An export, if there is such a one."""
    return await db.fetchrow(f"{_EXPORT} WHERE id = $1", export_id)


async def exports_of_tenant(db: Connection, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Exports, the newest first."""
    return await db.fetch(f"{_EXPORT} WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2", before, limit)


async def last_export(db: Connection) -> asyncpg.Record | None:
    """The newest export that is done."""
    return await db.fetchrow(f"{_EXPORT} WHERE status = 'done' ORDER BY id DESC LIMIT 1")


async def deletion_with_id(db: Connection, deletion_id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
    """A deletion, if there is such a one."""
    return await db.fetchrow(f"{_DELETION} WHERE id = $1{' FOR UPDATE' if lock else ''}", deletion_id)


async def deletion_of_tenant(db: Connection, tenant_id: UUID) -> asyncpg.Record | None:
    """The deletion of a tenant that goes on or is done, if any."""
    return await db.fetchrow(f"{_DELETION} WHERE owner_id = $1 AND cancelled_at IS NULL", tenant_id)


async def owners_of_tenant(db: Connection) -> list[str]:
    """The addresses of the active owners of the transaction's tenant."""
    rows = await db.fetch(
        "SELECT a.email FROM core.account a JOIN core.account_role r ON r.tenant_id = a.tenant_id"
        " AND r.account_id = a.id WHERE r.role = 'owner' AND a.status = 'active' ORDER BY a.created_at LIMIT 20"
    )
    return [row["email"] for row in rows]


async def mail_named(db: Connection, once: str) -> UUID | None:
    """The id of the tenant's mail that was written under the name."""
    found: UUID | None = await db.fetchval("SELECT id FROM core.mail WHERE once = $1", once)
    return found


async def tenant_by_slug(db: Connection, slug: str) -> UUID | None:
    """The id of the active tenant with the slug."""
    found: UUID | None = await db.fetchval("SELECT id FROM core.tenant WHERE slug = $1 AND status = 'active'", slug)
    return found
