"""How the chain grows, and how an address is forgotten; both only by the worker."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_TAKE = """
WITH taken AS (
  DELETE FROM core.audit_waiting WHERE tenant_id = $1
  AND id = ANY (ARRAY(SELECT id FROM core.audit_waiting WHERE tenant_id = $1 ORDER BY id LIMIT $2)) RETURNING id
)
SELECT t.id, e.body FROM taken t LEFT JOIN core.audit_entry e ON e.tenant_id = $1 AND e.id = t.id
WHERE NOT EXISTS (SELECT FROM core.audit_seal s WHERE s.tenant_id = $1 AND s.entry_id = t.id) ORDER BY t.id
"""

_SEAL = """
INSERT INTO core.audit_seal (tenant_id, seq, entry_id, prev, hash, sealed_at)
SELECT $1, l.seq, l.entry_id, l.prev, l.hash, $2
FROM unnest($3::bigint[], $4::uuid[], $5::bytea[], $6::bytea[]) AS l (seq, entry_id, prev, hash)
"""


async def lock_chain(db: Connection, tenant_id: UUID) -> bool:
    """Takes the tenant's chain until the transaction's end; False when another worker has it."""
    name = f"audit chain {tenant_id}"
    return bool(await db.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", name))


async def take_waiting(db: Connection, tenant_id: UUID, limit: int) -> list[asyncpg.Record]:
    """Takes entries (id, body) out of those that wait; a body is None when its entry is gone."""
    return await db.fetch(_TAKE, tenant_id, limit)


async def insert_seals(
    db: Connection, tenant_id: UUID, now: datetime, links: Sequence[tuple[int, UUID, bytes, bytes]]
) -> None:
    """Adds links: seq, entry, the digest before and the digest."""
    await db.execute(
        _SEAL,
        tenant_id,
        now,
        [link[0] for link in links],
        [link[1] for link in links],
        [link[2] for link in links],
        [link[3] for link in links],
    )


async def forget_addresses(db: Connection, account_id: UUID) -> int:
    """Forgets from where an account acted: the addresses, and the salts without which their digests tell nothing.

    Whoever signs in is nobody yet, and the account is what it is done to.
    """
    done = await db.execute(
        "UPDATE core.audit_entry SET address = NULL, salt = NULL WHERE address IS NOT NULL"
        " AND (actor = $1 OR actor IS NULL AND target <> '' AND split_part(target, ':', 2) = $2)",
        account_id, str(account_id),
    )  # fmt: skip
    return int(done.split()[1])
