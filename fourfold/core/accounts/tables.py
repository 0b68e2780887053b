"""How accounts and their roles are kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection

# The fifth failure in a row locks for a second, each further one for twice as long, up to a quarter of an hour.
_COUNT_FAILURE = """
INSERT INTO core.sign_in_trial AS t (tenant_id, address_key, device, failures, failed_at, seen_at)
VALUES ($1, $2, $3, 1, $4, $4)
ON CONFLICT (tenant_id, address_key, device) DO UPDATE SET
  failures = CASE WHEN t.failed_at > $4 - interval '1 day' THEN t.failures + 1 ELSE 1 END,
  locked_until = CASE WHEN t.failed_at > $4 - interval '1 day' AND t.failures + 1 >= 5
    THEN $4 + least(2 ^ least(t.failures - 4, 10), 900) * interval '1 second' END,
  failed_at = $4, seen_at = CASE WHEN t.device = '' THEN $4 ELSE t.seen_at END
RETURNING locked_until IS NOT NULL
"""
_REMEMBER_DEVICE = """
INSERT INTO core.sign_in_trial (tenant_id, address_key, device, seen_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, address_key, device) DO UPDATE SET seen_at = excluded.seen_at
"""
_EDIT = """
UPDATE core.account SET updated_at = $2, name = CASE WHEN $3::jsonb ? 'name' THEN $3 ->> 'name' ELSE name END,
  language = CASE WHEN $3::jsonb ? 'language' THEN $3 ->> 'language' ELSE language END,
  time_zone = CASE WHEN $3::jsonb ? 'time_zone' THEN $3 ->> 'time_zone' ELSE time_zone END
WHERE id = $1
"""


async def insert_account(
    db: Connection, tenant_id: UUID, account_id: UUID, email: str, name: str, password_hash: str, now: datetime
) -> bool:
    """Adds an account; False when the address is taken."""
    added = await db.fetchval(
        "INSERT INTO core.account (tenant_id, id, email, name, password_hash, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (tenant_id, email) DO NOTHING RETURNING true",
        tenant_id, account_id, email, name, password_hash, now,
    )  # fmt: skip
    return bool(added)


async def insert_roles(
    db: Connection, tenant_id: UUID, account_id: UUID, roles: Iterable[str], now: datetime, by: UUID | None
) -> None:
    """Gives an account roles; those it has already are left as they are."""
    await db.execute(
        "INSERT INTO core.account_role (tenant_id, account_id, role, granted_at, granted_by)"
        " SELECT $1, $2, role, $4, $5 FROM unnest($3::text[]) AS role ON CONFLICT DO NOTHING",
        tenant_id, account_id, list(roles), now, by,
    )  # fmt: skip


async def delete_roles_except(db: Connection, account_id: UUID, roles: Iterable[str]) -> None:
    """Takes all other roles away from an account."""
    await db.execute(
        "DELETE FROM core.account_role WHERE account_id = $1 AND NOT role = ANY($2::text[])", account_id, list(roles)
    )


async def update_profile(db: Connection, account_id: UUID, changes: Mapping[str, str | None], now: datetime) -> None:
    """Changes name, language or time zone: those that are named."""
    await db.execute(_EDIT, account_id, now, dict(changes))


async def update_password(db: Connection, account_id: UUID, password_hash: str, now: datetime) -> None:
    """Keeps another password."""
    await db.execute(
        "UPDATE core.account SET password_hash = $2, updated_at = $3 WHERE id = $1", account_id, password_hash, now
    )


async def update_email(db: Connection, account_id: UUID, email: str, now: datetime) -> None:
    """Keeps another, verified address; one that is taken raises asyncpg's UniqueViolationError."""
    await db.execute(
        "UPDATE core.account SET email = $2, email_verified_at = $3, updated_at = $3 WHERE id = $1",
        account_id, email, now,
    )  # fmt: skip


async def verify_email(db: Connection, account_id: UUID, now: datetime) -> None:
    """Notes that mail to the address arrives; the first time counts."""
    await db.execute(
        "UPDATE core.account SET email_verified_at = $2, updated_at = $2"
        " WHERE id = $1 AND email_verified_at IS NULL",
        account_id, now,
    )  # fmt: skip


async def update_phone(
    db: Connection, account_id: UUID, sealed: bytes | None, key: bytes | None, hint: str | None, now: datetime
) -> None:
    """Keeps another, verified number, or none."""
    await db.execute(
        "UPDATE core.account SET phone_sealed = $2, phone_key = $3, phone_hint = $4,"
        " phone_verified_at = CASE WHEN $2::bytea IS NULL THEN NULL ELSE $5::timestamptz END, updated_at = $5"
        " WHERE id = $1",
        account_id, sealed, key, hint, now,
    )  # fmt: skip


async def update_status(db: Connection, account_id: UUID, status: str, now: datetime) -> bool:
    """Opens or shuts an account; False when it was so already."""
    changed = await db.fetchval(
        "UPDATE core.account SET status = $2, updated_at = $3 WHERE id = $1 AND status <> $2 RETURNING true",
        account_id, status, now,
    )  # fmt: skip
    return bool(changed)


async def count_failure(db: Connection, tenant_id: UUID, address_key: bytes, device: bytes, now: datetime) -> bool:
    """Counts a failure to sign in, and locks for longer each time; whether it does so now."""
    return bool(await db.fetchval(_COUNT_FAILURE, tenant_id, address_key, device, now))


async def forget_failures(db: Connection, address_key: bytes, device: bytes) -> None:
    """Begins to count anew."""
    await db.execute(
        "UPDATE core.sign_in_trial SET failures = 0, locked_until = NULL WHERE address_key = $1 AND device = $2",
        address_key, device,
    )  # fmt: skip


async def remember_device(db: Connection, tenant_id: UUID, address_key: bytes, device: bytes, now: datetime) -> None:
    """Counts the device's failures apart from now on."""
    await db.execute(_REMEMBER_DEVICE, tenant_id, address_key, device, now)


async def forget_devices(db: Connection, address_key: bytes) -> None:
    """Forgets the failures and devices of an address."""
    await db.execute("DELETE FROM core.sign_in_trial WHERE address_key = $1", address_key)


async def forget_old_trials(db: Connection, strangers_before: datetime, devices_before: datetime) -> None:
    """Forgets failures that are long past, and devices that have not been used for long."""
    await db.execute(
        "DELETE FROM core.sign_in_trial WHERE seen_at < CASE WHEN device = '' THEN $1::timestamptz ELSE $2 END",
        strangers_before, devices_before,
    )  # fmt: skip
