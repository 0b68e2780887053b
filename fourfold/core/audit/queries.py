"""Reads of the audit log: pages of entries, the chain in its order, and what has no place in it yet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.core.audit.rules import Entry, Link
from fourfold.ground.db import Connection
from fourfold.ground.pool import Pool

_COLUMNS = "e.id, e.at, e.actor, e.action, e.target, e.body, e.mac, e.address, e.salt"


def entry_of(row: asyncpg.Record) -> Entry:
    """An entry from a row with its columns."""
    salt = row["salt"]
    return Entry(
        row["id"], row["at"], row["actor"], row["action"], row["target"], row["body"], bytes(row["mac"]),
        row["address"], None if salt is None else bytes(salt),
    )  # fmt: skip


def _link_of(row: asyncpg.Record) -> Link:
    entry = None if row["id"] is None else entry_of(row)
    return Link(row["seq"], bytes(row["prev"]), bytes(row["hash"]), entry)


async def tenants_waiting(pool: Pool) -> list[UUID]:
    """Tenants with entries that have no place in their chain; only the worker's role sees more than none."""
    rows = await pool.fetch("SELECT DISTINCT tenant_id FROM core.audit_waiting")
    return [row["tenant_id"] for row in rows]


async def head(db: Connection) -> asyncpg.Record | None:
    """The newest link (seq, hash)."""
    return await db.fetchrow("SELECT seq, hash FROM core.audit_seal ORDER BY seq DESC LIMIT 1")


async def hash_at(db: Connection, seq: int) -> bytes | None:
    """The digest of a link."""
    found = await db.fetchval("SELECT hash FROM core.audit_seal WHERE seq = $1", seq)
    return None if found is None else bytes(found)


async def links_after(db: Connection, seq: int, limit: int) -> list[Link]:
    """Links behind number `seq`, in order, with their entries."""
    rows = await db.fetch(
        f"SELECT s.seq, s.prev, s.hash, {_COLUMNS} FROM core.audit_seal s"
        " LEFT JOIN core.audit_entry e ON e.tenant_id = s.tenant_id AND e.id = s.entry_id"
        " WHERE s.seq > $1 ORDER BY s.seq LIMIT $2",
        seq, limit,
    )  # fmt: skip
    return [_link_of(row) for row in rows]


async def loose_entries(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Entries without a place in the chain, behind an id, each with whether it waits for one."""
    return await db.fetch(
        f"SELECT {_COLUMNS}, EXISTS (SELECT FROM core.audit_waiting w WHERE w.tenant_id = e.tenant_id AND w.id = e.id)"
        " AS waits FROM core.audit_entry e"
        " WHERE NOT EXISTS (SELECT FROM core.audit_seal s WHERE s.tenant_id = e.tenant_id AND s.entry_id = e.id)"
        " AND ($1::uuid IS NULL OR e.id > $1) ORDER BY e.id LIMIT $2",
        after, limit,
    )  # fmt: skip


async def entries_page(db: Connection, wanted: dict[str, Any], after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Entries, newest first, behind an id; `wanted` holds the filters actor, action, target, since and until."""
    conditions, values = _conditions(wanted)
    values += [after, limit]
    return await db.fetch(
        f"SELECT e.id, e.body, e.address, s.seq, encode(s.hash, 'hex') AS hash FROM core.audit_entry e"
        " LEFT JOIN core.audit_seal s ON s.tenant_id = e.tenant_id AND s.entry_id = e.id"
        f" WHERE (${len(values) - 1}::uuid IS NULL OR e.id < ${len(values) - 1}) {conditions}"
        f" ORDER BY e.id DESC LIMIT ${len(values)}",
        *values,
    )


def _conditions(wanted: dict[str, Any]) -> tuple[str, list[Any]]:
    kind, _, thing = (wanted.get("target") or "").rpartition(":")
    asked: Sequence[tuple[str, Any]] = (
        ("e.actor = {}", wanted.get("actor")),
        ("e.action = {}", wanted.get("action")),
        ("e.target <> '' AND split_part(e.target, ':', 2) = {}", thing or None),
        ("split_part(e.target, ':', 1) = {}", kind or None),
        ("e.at >= {}", wanted.get("since")),
        ("e.at < {}", wanted.get("until")),
    )
    values: list[Any] = []
    text = ""
    for condition, value in asked:
        if value is not None:
            values.append(value)
            text += " AND " + condition.format(f"${len(values)}")
    return text, values


async def count_of_entries(db: Connection) -> int:
    """How many entries there are."""
    return int(await db.fetchval("SELECT count(*) FROM core.audit_entry"))
