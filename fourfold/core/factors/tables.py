"""How second factors, and the challenges that ask for them, are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.core.factors.rules import Credential
from fourfold.ground.db import Connection


async def insert_challenge(
    db: Connection, tenant_id: UUID, challenge_id: UUID, account_id: UUID, token_hash: bytes, now: datetime,
    expires: datetime,
) -> None:  # fmt: skip
    """Adds a challenge."""
    await db.execute(
        "INSERT INTO core.second_factor_challenge (tenant_id, id, account_id, token_hash, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id, challenge_id, account_id, token_hash, now, expires,
    )  # fmt: skip


async def try_challenge(
    db: Connection, challenge_id: UUID, token_hash: bytes, tries: int, used_up: int, now: datetime
) -> UUID | None:
    """The account of a challenge that may still be met, which stays locked; None when it may not."""
    account_id: UUID | None = await db.fetchval(
        "UPDATE core.second_factor_challenge SET attempts = attempts + $4"
        " WHERE id = $1 AND token_hash = $2 AND attempts < $3 AND used_at IS NULL AND expires_at > $5"
        " RETURNING account_id",
        challenge_id, token_hash, tries, used_up, now,
    )  # fmt: skip
    return account_id


async def close_challenge(db: Connection, challenge_id: UUID, now: datetime) -> None:
    """Ends a challenge that was met."""
    await db.execute("UPDATE core.second_factor_challenge SET used_at = $2 WHERE id = $1", challenge_id, now)


async def use_ceremony(db: Connection, tenant_id: UUID, ceremony_id: UUID, expires: datetime) -> bool:
    """Marks a ceremony as over; False when it was before."""
    marked = await db.fetchval(
        "INSERT INTO core.used_ceremony (tenant_id, id, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        " RETURNING true",
        tenant_id, ceremony_id, expires,
    )  # fmt: skip
    return bool(marked)


async def forget_expired(db: Connection, before: datetime) -> None:
    """Deletes challenges and marks of ceremonies that ended before."""
    await db.execute("DELETE FROM core.second_factor_challenge WHERE expires_at < $1", before)
    await db.execute("DELETE FROM core.used_ceremony WHERE expires_at < $1", before)


async def insert_totp(
    db: Connection, tenant_id: UUID, factor_id: UUID, account_id: UUID, name: str, sealed: bytes, now: datetime
) -> None:
    """Adds a factor that waits for its first code, in the place of others that wait."""
    await db.execute("DELETE FROM core.totp_factor WHERE account_id = $1 AND confirmed_at IS NULL", account_id)
    await db.execute(
        "INSERT INTO core.totp_factor (tenant_id, id, account_id, name, sealed_secret, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id, factor_id, account_id, name, sealed, now,
    )  # fmt: skip


async def use_step(db: Connection, factor_id: UUID, step: int, now: datetime) -> bool:
    """Uses up the codes of a time step and of all before it; False when somebody was quicker."""
    used = await db.fetchval(
        "UPDATE core.totp_factor SET last_step = $2, last_used_at = $3, confirmed_at = coalesce(confirmed_at, $3)"
        " WHERE id = $1 AND (last_step IS NULL OR last_step < $2) RETURNING true",
        factor_id, step, now,
    )  # fmt: skip
    return bool(used)


async def insert_passkey(
    db: Connection, tenant_id: UUID, passkey_id: UUID, account_id: UUID, name: str, made: Credential, now: datetime
) -> bool:
    """Adds a passkey; False when the tenant has the credential already."""
    added = await db.fetchval(
        "INSERT INTO core.passkey (tenant_id, id, account_id, name, credential_id, public_key, sign_count,"
        " relying_party, transports, backed_up, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (tenant_id, credential_id) DO NOTHING RETURNING true",
        tenant_id, passkey_id, account_id, name, made.credential_id, made.public_key, made.sign_count,
        made.relying_party, list(made.transports), made.backed_up, now,
    )  # fmt: skip
    return bool(added)


async def move_counter(db: Connection, passkey_id: UUID, sign_count: int, now: datetime) -> None:
    """Notes what the authenticator has counted to."""
    await db.execute(
        "UPDATE core.passkey SET sign_count = $2, last_used_at = $3 WHERE id = $1", passkey_id, sign_count, now
    )


async def rename_factor(db: Connection, account_id: UUID, factor_id: UUID, name: str) -> bool:
    """Changes what a factor of the account is called; False when it has none of the id."""
    for table in ("core.totp_factor", "core.passkey"):
        if await db.fetchval(
            f"UPDATE {table} SET name = $3 WHERE account_id = $1 AND id = $2 RETURNING true",
            account_id, factor_id, name,
        ):  # fmt: skip
            return True
    return False


async def delete_factors(db: Connection, account_id: UUID, factor_id: UUID | None) -> list[asyncpg.Record]:
    """Deletes a factor of the account, or all of them, those that wait for their first code included: (id, name)."""
    removed: list[asyncpg.Record] = []
    for table in ("core.totp_factor", "core.passkey"):
        removed += await db.fetch(
            f"DELETE FROM {table} WHERE account_id = $1 AND ($2::uuid IS NULL OR id = $2) RETURNING id, name",
            account_id, factor_id,
        )  # fmt: skip
    return removed


async def replace_codes(db: Connection, tenant_id: UUID, account_id: UUID, hashes: Sequence[bytes]) -> None:
    """Gives an account new recovery codes; the old ones end."""
    await db.execute("DELETE FROM core.recovery_code WHERE account_id = $1", account_id)
    await db.execute(
        "INSERT INTO core.recovery_code (tenant_id, account_id, hash) SELECT $1, $2, unnest($3::bytea[])",
        tenant_id, account_id, list(hashes),
    )  # fmt: skip


async def use_code(db: Connection, account_id: UUID, code_hash: bytes, now: datetime) -> bool:
    """Uses up a recovery code; False when there is none, or it was used before."""
    used = await db.fetchval(
        "UPDATE core.recovery_code SET used_at = $3 WHERE account_id = $1 AND hash = $2 AND used_at IS NULL"
        " RETURNING true",
        account_id, code_hash, now,
    )  # fmt: skip
    return bool(used)
