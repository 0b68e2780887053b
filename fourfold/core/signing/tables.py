"""How signing keys are kept: the private half sealed, and gone once the key is retired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fourfold.ground.db import Connection


async def lock_signing_keys(db: Connection) -> None:
    """Keeps other processes from adding or retiring keys until the transaction ends."""
    await db.execute("LOCK TABLE core.signing_key IN SHARE ROW EXCLUSIVE MODE")


async def insert_signing_key(
    db: Connection, key_id: str, jwk: dict[str, Any], sealed: bytes, now: datetime, signs_from: datetime
) -> None:
    """Adds a key, which is published at once and signs from its time on."""
    await db.execute(
        "INSERT INTO core.signing_key (id, public_jwk, sealed_private, created_at, signs_from)"
        " VALUES ($1, $2, $3, $4, $5)",
        key_id, jwk, sealed, now, signs_from,
    )  # fmt: skip


async def retire_signing_keys(db: Connection, key_ids: Sequence[str], now: datetime) -> None:
    """Takes keys out of use; nothing is left that could sign with them."""
    await db.execute(
        "UPDATE core.signing_key SET retired_at = $2, sealed_private = '' WHERE id = ANY($1::text[])",
        list(key_ids), now,
    )  # fmt: skip
