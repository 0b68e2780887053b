"""Reads of second factors."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_SUMMARY = """
SELECT EXISTS (SELECT FROM core.totp_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL) AS totp,
       EXISTS (SELECT FROM core.passkey WHERE account_id = $1) AS passkey,
       EXISTS (SELECT FROM core.recovery_code WHERE account_id = $1 AND used_at IS NULL) AS recovery_code
"""
_FACTORS = """
SELECT id, 'totp' AS kind, name, created_at, last_used_at, NULL AS relying_party FROM core.totp_factor
WHERE account_id = $1 AND confirmed_at IS NOT NULL
UNION ALL SELECT id, 'passkey', name, created_at, last_used_at, relying_party FROM core.passkey WHERE account_id = $1
ORDER BY created_at, id
"""


@dataclass(frozen=True, slots=True)
class FactorSummary:
    """What an account can prove itself with after its password: totp, passkey, recovery_code; none when it has none."""

    methods: tuple[str, ...]


async def factors_of(db: Connection, account_id: UUID) -> FactorSummary:
    """The ways that an account has; recovery codes alone are none."""
    row = await db.fetchrow(_SUMMARY, account_id)
    ways = tuple(name for name in ("totp", "passkey", "recovery_code") if row is not None and row[name])
    return FactorSummary(() if ways == ("recovery_code",) else ways)


async def factor_rows(db: Connection, account_id: UUID) -> list[asyncpg.Record]:
    """The confirmed factors (id, kind, name, created_at, last_used_at, relying_party) of an account, oldest first."""
    return await db.fetch(_FACTORS, account_id)


async def recovery_codes_left(db: Connection, account_id: UUID) -> int:
    """How many recovery codes have not been used."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM core.recovery_code WHERE account_id = $1 AND used_at IS NULL", account_id
        )
    )


async def totp_factors(db: Connection, account_id: UUID, *, confirmed: bool) -> list[asyncpg.Record]:
    """The factors (id, sealed_secret, last_step) whose apps show codes, or those that wait for their first code."""
    return await db.fetch(
        "SELECT id, name, sealed_secret, last_step FROM core.totp_factor"
        " WHERE account_id = $1 AND (confirmed_at IS NOT NULL) = $2 ORDER BY id",
        account_id, confirmed,
    )  # fmt: skip


async def passkeys_of(db: Connection, account_id: UUID, relying_party: str) -> list[asyncpg.Record]:
    """The passkeys (credential_id, transports) that an account can use at a relying party."""
    return await db.fetch(
        "SELECT credential_id, transports FROM core.passkey WHERE account_id = $1 AND relying_party = $2 ORDER BY id",
        account_id, relying_party,
    )  # fmt: skip


async def owner_of_credential(db: Connection, credential_id: bytes) -> UUID | None:
    """The account that has the credential, if any."""
    owner: UUID | None = await db.fetchval(
        "SELECT account_id FROM core.passkey WHERE credential_id = $1", credential_id
    )
    return owner


async def passkey_with_credential(db: Connection, credential_id: bytes) -> asyncpg.Record | None:
    """The passkey of a credential, locked, so that its counter is compared and moved by one at a time."""
    return await db.fetchrow(
        "SELECT id, account_id, public_key, sign_count, relying_party FROM core.passkey"
        " WHERE credential_id = $1 FOR UPDATE",
        credential_id,
    )
