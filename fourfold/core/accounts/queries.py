"""Reads of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.refusals import NotFound

_ACCOUNT = """
SELECT a.id, a.kind, a.email, a.name, a.status, a.password_hash, a.created_at, a.updated_at, a.email_verified_at,
       a.language, a.time_zone, a.phone_hint, a.phone_verified_at, a.phone_sealed,
       EXISTS (SELECT FROM core.totp_factor t WHERE t.account_id = a.id AND t.confirmed_at IS NOT NULL)
       OR EXISTS (SELECT FROM core.passkey k WHERE k.account_id = a.id) AS has_factor,
       coalesce((SELECT array_agg(r.role ORDER BY r.role) FROM core.account_role r
                 WHERE r.tenant_id = a.tenant_id AND r.account_id = a.id), '{}') AS roles
FROM core.account a
"""
_PAGE = f"""
{_ACCOUNT} WHERE ($1::uuid IS NULL OR a.id > $1) AND ($2::text IS NULL OR a.status = $2)
  AND ($3::text IS NULL OR EXISTS (SELECT FROM core.account_role r
       WHERE r.tenant_id = a.tenant_id AND r.account_id = a.id AND r.role = $3))
  AND ($4::text IS NULL OR starts_with(a.email, $4))
ORDER BY a.id LIMIT $5
"""


class NoSuchAccount(NotFound):
    """404: this tenant has no such account."""

    code = "core.no_such_account"


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts are asked for; None does not matter, `email` is how the address begins."""

    status: str | None = None
    role: str | None = None
    email: str | None = None


async def account_with_email(db: Connection, email: str) -> asyncpg.Record | None:
    """The account with the (lower-case) address, with its roles, if any."""
    return await db.fetchrow(f"{_ACCOUNT} WHERE a.email = $1", email)


async def account_with_id(db: Connection, account_id: UUID) -> asyncpg.Record | None:
    """The account with the id, with its roles, if any."""
    return await db.fetchrow(f"{_ACCOUNT} WHERE a.id = $1", account_id)


async def hold_account(db: Connection, account_id: UUID) -> None:
    """Keeps the account as it is until the transaction ends; waits for whoever is changing it or its roles."""
    await db.execute("SELECT FROM core.account WHERE id = $1 FOR SHARE", account_id)


async def lock_account(db: Connection, account_id: UUID) -> None:
    """Lets nobody else read the account for a token, or change it, until the transaction ends."""
    await db.execute("SELECT FROM core.account WHERE id = $1 FOR UPDATE", account_id)


async def lock_owners(db: Connection) -> None:
    """The same for all owners, so that two cannot take each other's role at once."""
    await db.execute(
        "SELECT FROM core.account WHERE id IN (SELECT account_id FROM core.account_role WHERE role = 'owner')"
        " ORDER BY id FOR UPDATE"
    )


async def accounts_page(db: Connection, asked: AccountFilter, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Accounts in the order of their registration, behind the one with the id `after`."""
    return await db.fetch(_PAGE, after, asked.status, asked.role, asked.email, limit)


async def sign_in_trial(db: Connection, address_key: bytes, device: bytes) -> asyncpg.Record | None:
    """The failures counted for a device that the address is known by, else for all strangers; None before the first."""
    return await db.fetchrow(
        "SELECT device, failures, locked_until FROM core.sign_in_trial"
        " WHERE address_key = $1 AND device IN ($2, '') ORDER BY length(device) DESC LIMIT 1",
        address_key, device,
    )  # fmt: skip


async def existing_ids(db: Connection, account_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these accounts exist."""
    rows = await db.fetch("SELECT id FROM core.account WHERE id = ANY ($1)", account_ids)
    return frozenset(row["id"] for row in rows)


async def names_of_people(db: Connection, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names on these accounts, of those that are people's and active."""
    rows = await db.fetch(
        "SELECT id, name FROM core.account WHERE id = ANY ($1) AND status = 'active' AND kind = 'person'", account_ids
    )
    return {row["id"]: row["name"] for row in rows}


async def addresses_of_people(db: Connection, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The proven addresses of these accounts, of those that are people's and active."""
    rows = await db.fetch(
        "SELECT id, email FROM core.account WHERE id = ANY ($1) AND status = 'active' AND kind = 'person'"
        " AND email_verified_at IS NOT NULL",
        account_ids,
    )
    return {row["id"]: row["email"] for row in rows}


async def person_with_proven_email(db: Connection, email: str) -> UUID | None:
    """The active person's account with the (lower-case) address, once it is proven."""
    account_id: UUID | None = await db.fetchval(
        "SELECT id FROM core.account WHERE email = $1 AND status = 'active' AND kind = 'person'"
        " AND email_verified_at IS NOT NULL",
        email,
    )
    return account_id


async def people_with_phone(db: Connection, phone_key: bytes) -> frozenset[UUID]:
    """The active people's accounts with a number, told by the bytes by which it is found, once it is proven."""
    rows = await db.fetch(
        "SELECT id FROM core.account WHERE phone_key = $1 AND status = 'active' AND kind = 'person'"
        " AND phone_verified_at IS NOT NULL",
        phone_key,
    )
    return frozenset(row["id"] for row in rows)


async def owners_but(db: Connection, account_id: UUID) -> int:
    """How many other active accounts are owners."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM core.account_role r JOIN core.account a"
            " ON a.tenant_id = r.tenant_id AND a.id = r.account_id"
            " WHERE r.role = 'owner' AND a.status = 'active' AND a.id <> $1",
            account_id,
        )
    )
