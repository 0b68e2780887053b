"""Reads of signing keys; they belong to no tenant."""

import asyncpg

from fourfold.ground.db import Connection


async def signing_keys(db: Connection) -> list[asyncpg.Record]:
    """The keys that are not retired, in the order in which they sign."""
    return await db.fetch(
        "SELECT id, public_jwk, sealed_private, signs_from FROM core.signing_key WHERE retired_at IS NULL"
        " ORDER BY signs_from, created_at"
    )
