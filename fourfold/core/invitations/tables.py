"""How invitations are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_invitation(
    db: Connection, tenant_id: UUID, invitation_id: UUID, email: str, roles: Sequence[str], token_hash: bytes,
    by: UUID | None, now: datetime, expires_at: datetime,
) -> None:  # fmt: skip
    """Adds an invitation; one that is still open for the same address ends."""
    await db.execute(
        "UPDATE core.invitation SET revoked_at = $2 WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
        email, now,
    )  # fmt: skip
    await db.execute(
        "INSERT INTO core.invitation"
        " (tenant_id, id, email, roles, token_hash, invited_by, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant_id, invitation_id, email, list(roles), token_hash, by, now, expires_at,
    )  # fmt: skip


async def accept(db: Connection, invitation_id: UUID, account_id: UUID, now: datetime) -> None:
    """Notes who has followed the invitation."""
    await db.execute(
        "UPDATE core.invitation SET accepted_at = $3, account_id = $2 WHERE id = $1", invitation_id, account_id, now
    )


async def revoke(db: Connection, invitation_id: UUID, now: datetime) -> bool:
    """Ends an invitation; False when nobody could follow it any more."""
    ended = await db.fetchval(
        "UPDATE core.invitation SET revoked_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL"
        " RETURNING true",
        invitation_id, now,
    )  # fmt: skip
    return bool(ended)
