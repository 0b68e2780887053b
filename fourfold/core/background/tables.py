"""How jobs and parked events are changed by people."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def requeue_job(db: Connection, job_id: UUID, now: datetime) -> str | None:
    """Makes a failed or cancelled job wait to be run again and gives its kind; None when it is in another state."""
    name: str | None = await db.fetchval(
        "UPDATE ground.job SET status = 'queued', attempts = 0, run_at = $2, error = NULL, finished_at = NULL"
        " WHERE id = $1 AND status IN ('failed', 'cancelled') RETURNING name",
        job_id, now,
    )  # fmt: skip
    return name


async def cancel_job(db: Connection, job_id: UUID, now: datetime) -> bool:
    """Keeps a waiting job from being run; False when it is in another state."""
    changed = await db.fetchval(
        "UPDATE ground.job SET status = 'cancelled', finished_at = $2"
        " WHERE id = $1 AND status = 'queued' RETURNING true",
        job_id, now,
    )  # fmt: skip
    return bool(changed)


async def unpark(db: Connection, event_id: UUID, reaction: str) -> bool:
    """Lets a parked event be delivered again; False when it is not parked."""
    changed = await db.fetchval(
        "DELETE FROM ground.parked WHERE event_id = $1 AND reaction = $2 RETURNING true", event_id, reaction
    )
    return bool(changed)


async def unsettle(db: Connection, event_id: UUID) -> None:
    """Makes the relay publish an event again."""
    await db.execute("UPDATE ground.event SET published_at = NULL, settled = false WHERE id = $1", event_id)


async def replay_since(db: Connection, since: datetime, reactions: list[str]) -> int:
    """Forgets that these reactions have handled events since then, and publishes those again; says how many."""
    rows = await db.fetch(
        "WITH told AS (SELECT id FROM ground.event WHERE at >= $1),"
        " forgotten AS (DELETE FROM ground.inbox i USING told t"
        " WHERE i.event_id = t.id AND i.reaction = ANY($2::text[])"
        " RETURNING i.event_id)"
        " UPDATE ground.event e SET published_at = NULL, settled = false FROM told t WHERE e.id = t.id RETURNING e.id",
        since, reactions,
    )  # fmt: skip
    return len(rows)
