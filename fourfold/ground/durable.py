"""Durable work: jobs that are enqueued with the business change and survive the death of any process."""

import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pydantic import BaseModel

from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id
from fourfold.ground.traces import traceparent
from fourfold.ground.who import Who

_WRITE = """
INSERT INTO ground.job (tenant_id, id, name, args, run_at, once, created_at, request_id)
SELECT $1, j.id, j.name, j.args, j.run_at, j.once, $2, $3
FROM unnest($4::uuid[], $5::text[], $6::jsonb[], $7::timestamptz[], $8::text[]) AS j (id, name, args, run_at, once)
ON CONFLICT (tenant_id, once) DO NOTHING
RETURNING id, name, run_at
"""


# The queue's priority of what waits until nothing else is to be done.
BEHIND = -1

# What `on_failed` is told when a person has cancelled the job.
CANCELLED = {
    "code": "cancelled",
    "title": "The job was cancelled",
    "detail": "It was cancelled before it was done; it can be retried.",
}

OnFailed = Callable[[Any, Any, dict[str, str]], Awaitable[None]]


_HASTEN = """
UPDATE ground.pgqueuer SET execute_after = now() WHERE status = 'queued' AND execute_after > now()
AND convert_from(payload, 'UTF8')::jsonb ->> 'tenant' = $1::text
"""


_HASTEN_JOB = """
UPDATE ground.pgqueuer SET execute_after = now() WHERE status = 'queued' AND execute_after > now()
AND convert_from(payload, 'UTF8')::jsonb ->> 'job' = $1::text
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A named kind of durable work.

    `act` takes a `Work` (one transaction, in which the job is also marked as done) or, with `steps`, a `Desk` (it opens
    its own transactions and must bear being run again); its second parameter is a Pydantic model. `on_failed` is told
    with a `Work`, the same model and the problem when it is given up: in the transaction that marks it as failed. It is
    told of `CANCELLED` too, soon after a person has cancelled the job.
    `always` is for what is done even while its tenant is suspended or deleted; `behind`, for what waits until nothing
    else is to be done.
    """

    name: str
    act: Callable[[Any, Any], Awaitable[object]]
    args: type[BaseModel]
    steps: bool
    attempts: int
    on_failed: OnFailed | None = None
    always: bool = False
    behind: bool = False


def job(
    name: str,
    *,
    steps: bool = False,
    attempts: int = 8,
    on_failed: OnFailed | None = None,
    always: bool = False,
    behind: bool = False,
) -> Callable[[Callable[[Any, Any], Awaitable[object]]], Job]:
    """Makes an async function a kind of durable work, tried up to `attempts` times with growing pauses.

    An attempt in the middle of which its process died counts like one that failed.
    """

    def register(act: Callable[[Any, Any], Awaitable[object]]) -> Job:
        parameters = list(inspect.signature(act).parameters.values())
        return Job(name, act, parameters[1].annotation, steps, attempts, on_failed, always, behind)

    return register


@dataclass(frozen=True, slots=True)
class Later:
    """One job to be enqueued: `once` names it so that enqueuing it twice in a tenant does nothing."""

    id: UUID
    name: str
    args: dict[str, Any]
    run_at: datetime
    once: str | None
    behind: bool = False

    @classmethod
    def of(cls, kind: Job, args: BaseModel, run_at: datetime, once: str | None) -> "Later":
        """A job of a kind, ready to be written."""
        if not isinstance(args, kind.args):
            reason = f"{kind.name} takes {kind.args.__name__}"
            raise TypeError(reason)
        return cls(new_id(), kind.name, args.model_dump(mode="json"), run_at, once, kind.behind)


async def write_jobs(db: Connection, who: Who, now: datetime, jobs: Sequence[Later]) -> None:
    """Enqueues jobs in the caller's transaction: they run after it commits, or never."""
    rows = await db.fetch(
        _WRITE,
        who.tenant_id,
        now,
        who.request_id,
        [each.id for each in jobs],
        [each.name for each in jobs],
        [each.args for each in jobs],
        [each.run_at for each in jobs],
        [each.once for each in jobs],
    )
    if rows:
        behind = frozenset(each.name for each in jobs if each.behind)
        await enqueue(db, who, now, [(row["id"], row["name"], row["run_at"]) for row in rows], behind)


async def enqueue(
    db: Connection,
    who: Who,
    now: datetime,
    due: Sequence[tuple[UUID, str, datetime]],
    behind: Collection[str] = (),
) -> None:
    """Puts job rows (id, kind, run at) into the queue, in the caller's transaction.

    An entry bears the name of its kind: workers take only what they know. It tells what has set it off, and in which
    trace, for logs and traces alone.
    """
    told = {"tenant": str(who.tenant_id), "cause": who.cause or who.principal, "traceparent": traceparent()}
    await Queries(AsyncpgDriver(db)).enqueue(  # type: ignore[arg-type]  # a pooled connection has the same methods
        [name for _, name, _ in due],
        [orjson.dumps({**told, "job": str(job_id)}) for job_id, _, _ in due],
        [BEHIND if name in behind else 0 for _, name, _ in due],
        [max(run_at - now, timedelta()) for _, _, run_at in due],
    )


async def hasten_jobs(db: Connection, tenant_id: UUID) -> None:
    """Has all that a tenant has waiting in the queue looked at at once; what is not due yet is put back."""
    await db.execute(_HASTEN, str(tenant_id))


async def hasten_job(db: Connection, job_id: UUID) -> None:
    """Has a job's entry in the queue looked at at once."""
    await db.execute(_HASTEN_JOB, str(job_id))


def pause_before_retry(attempt: int) -> timedelta:
    """How long to wait after the attempt (counted from 1) failed: 2 s doubling up to 10 minutes."""
    return timedelta(seconds=min(2.0**attempt, 600.0))
