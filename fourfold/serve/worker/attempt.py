"""One attempt at one job; the job leaves the queue in the transaction that writes down its end."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pgqueuer.domain.models import Job as Entry
from pydantic import BaseModel
from structlog.contextvars import bound_contextvars

from fourfold.ground.durable import CANCELLED, Job, OnFailed, pause_before_retry
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.metrics import job_seconds, jobs_total
from fourfold.ground.refusals import Refusal
from fourfold.ground.traces import traced
from fourfold.ground.who import AT_WORK, Who, at_work
from fourfold.ground.work import Desk, Work, begin
from fourfold.serve.worker.patience import STATUSES, is_away
from fourfold.serve.worker.turns import Session, Turn, give_back, take

BUSY_PAUSE, UNKNOWN_PAUSE = timedelta(seconds=1), timedelta(seconds=2)
LONGEST_AWAY_PAUSE = timedelta(minutes=1)
PAUSED_PAUSE = timedelta(minutes=1)
AWAY_TRIES = 300
LONGEST_DETAIL = 2000

_LOCK = """
SELECT name, args, status, run_at, attempts, request_id,
  (SELECT status FROM core.tenant WHERE id = $1) AS tenant_status,
  coalesce((SELECT taken_over FROM ground.pgqueuer WHERE id = $3), false) AS taken_over
FROM ground.job WHERE tenant_id = $1 AND id = $2 FOR UPDATE SKIP LOCKED
"""

_EXISTS = "SELECT EXISTS (SELECT FROM ground.job WHERE tenant_id = $1 AND id = $2)"

_RUNNING = """
UPDATE ground.job SET status = 'running' WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'running')
RETURNING true
"""

_DONE = """
UPDATE ground.job SET status = 'done', progress = 1, result = coalesce($3, result), error = NULL, finished_at = $4
WHERE tenant_id = $1 AND id = $2
"""

_FAILED = """
UPDATE ground.job SET status = $3, attempts = $4, run_at = $5, error = $6, finished_at = $7
WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'running')
RETURNING true
"""

# The job's own row tells how it went; the library's log would be written for nobody.
_PUT_BACK = """
UPDATE ground.pgqueuer SET status = 'queued', execute_after = now() + $2, attempts = attempts + 1, updated = now(),
  queue_manager_id = NULL, taken_over = false
WHERE id = $1
"""
_TAKE_OUT = "DELETE FROM ground.pgqueuer WHERE id = $1"

_LOST = {
    "code": "worker_lost",
    "title": "Its worker ended",
    "detail": "The process that ran it ended in the middle of it.",
}

_log = log("fourfold.jobs")


@dataclass(slots=True)
class Attempt:
    """An entry of the queue in hand. `turns` is the session whose end lets others take the job.

    Until the end of the job is written its entry stays in the queue, so whatever happens here happens again elsewhere.
    """

    house: House
    kinds: Mapping[str, Job]
    turns: Session
    entry: Entry
    tenant_id: UUID
    job_id: UUID
    who: Who
    traceparent: str = ""
    kind: Job | None = None
    args: Any = None
    attempts: int = 0
    taken_over: bool = False

    @classmethod
    def at(cls, house: House, kinds: Mapping[str, Job], turns: Session, entry: Entry) -> "Attempt":
        """At the job that an entry names."""
        named = orjson.loads(entry.payload or b"{}")
        tenant_id = UUID(named["tenant"])
        who = Who.system(tenant_id, cause=named.get("cause", ""))
        return cls(house, kinds, turns, entry, tenant_id, UUID(named["job"]), who, named.get("traceparent", ""))

    async def make(self) -> None:
        """Does the job, or puts it off, and writes down which. Raises only when nothing can be written."""
        attributes = {
            "messaging.system": "fourfold",
            "messaging.operation.type": "process",
            "messaging.destination.name": self.entry.entrypoint,
            "messaging.message.id": str(self.job_id),
            "fourfold.tenant.id": str(self.tenant_id),
        }
        span = traced(self.house.traces, f"job {self.entry.entrypoint}", self.traceparent, attributes)
        with at_work(self.who), bound_contextvars(job=str(self.job_id)), span as opened:
            began = perf_counter()
            try:
                is_done = await self._do()
            except Exception as problem:
                if self.kind is None:
                    raise
                job_seconds.labels(self.kind.name).observe(perf_counter() - began)
                if opened is not None:
                    opened.fail(type(problem).__name__)
                await self._note(self.kind, problem)
            else:
                if is_done and self.kind is not None:
                    self._tell_done(self.kind, perf_counter() - began)

    def _tell_done(self, kind: Job, seconds: float) -> None:
        jobs_total.labels(kind.name, "done").inc()
        job_seconds.labels(kind.name).observe(seconds)
        _log.info("a job is done", name=kind.name, attempt=self.attempts + 1, seconds=round(seconds, 4))

    async def _do(self) -> bool:
        """Whether this attempt has done the job."""
        async with begin(self.house, self.who) as work:
            kind = await self._claim(work)
            if kind is None:
                return False
            if not kind.steps and not self.taken_over:
                result = await kind.act(work, kind.args.model_validate(self.args))
                await self._write_done(work, result)
        if kind.steps:
            return await self._do_steps(kind)
        if self.taken_over:
            await self._note_loss(kind)
        return not self.taken_over

    async def _do_steps(self, kind: Job) -> bool:
        """False when another worker is at it: its signs of life came too late for the queue, but it has its turn."""
        if not await take(self.turns, Turn.JOB, str(self.job_id)):
            async with begin(self.house, self.who) as work:
                await self._put_back(work, BUSY_PAUSE)
            return False
        try:
            if self.taken_over:
                await self._note_loss(kind)
                return False
            async with begin(self.house, self.who) as work:
                if not await work.db.fetchval(_RUNNING, self.tenant_id, self.job_id):
                    # Cancelled since it was claimed: the next look at the entry tells whoever waits for it.
                    await self._put_back(work, timedelta())
                    return False
            result = await kind.act(Desk(self.house, self.who, self.job_id), kind.args.model_validate(self.args))
            async with begin(self.house, self.who) as work:
                await self._write_done(work, result)
            return True
        finally:
            # When the connection is gone, so is the turn.
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                await give_back(self.turns, Turn.JOB, str(self.job_id))

    async def _claim(self, work: Work) -> Job | None:
        """Locks and reads the job; None when there is nothing to do now, and the entry has been seen to."""
        row = await work.db.fetchrow(_LOCK, self.tenant_id, self.job_id, self.entry.id)
        if row is None and await work.db.fetchval(_EXISTS, self.tenant_id, self.job_id):
            await self._put_back(work, BUSY_PAUSE)
        elif row is None or row["status"] not in {"queued", "running"}:
            if row is not None and row["status"] == "cancelled":
                await self._tell_of_cancelling(work, row)
            await self._take_out(work)
        elif row["run_at"] > work.now:
            await self._put_back(work, row["run_at"] - work.now)
        elif (kind := self.kinds.get(row["name"])) is None:
            # A worker of another deployment knows it.
            await self._put_back(work, UNKNOWN_PAUSE)
        elif row["tenant_status"] in STATUSES and not kind.always:
            # Whoever resumes the tenant hastens its jobs.
            await self._put_back(work, PAUSED_PAUSE)
        else:
            self.kind, self.args, self.attempts = kind, row["args"], row["attempts"]
            self.taken_over = row["taken_over"]
            self.who = work.who = replace(self.who, request_id=row["request_id"])
            AT_WORK.set(self.who)
            return kind
        return None

    async def _tell_of_cancelling(self, work: Work, row: asyncpg.Record) -> None:
        kind = self.kinds.get(row["name"])
        if kind is None or kind.on_failed is None:
            return
        await work.db.execute("SAVEPOINT cancelled")
        try:
            await kind.on_failed(work, kind.args.model_validate(row["args"]), CANCELLED)
        except Exception as problem:
            if is_away(problem):
                raise
            # The entry is taken out nevertheless.
            await work.db.execute("ROLLBACK TO SAVEPOINT cancelled")
            _log.exception("nobody could be told that a job was cancelled", name=kind.name)

    async def _write_done(self, work: Work, result: object) -> None:
        kept = result.model_dump(mode="json") if isinstance(result, BaseModel) else result
        await work.db.execute(_DONE, self.tenant_id, self.job_id, kept, work.now)
        await self._take_out(work)

    async def _note(self, kind: Job, problem: Exception) -> None:
        """When a server was away it was no attempt, unless that goes on for hours."""
        is_counted = not is_away(problem) or self.entry.attempts >= AWAY_TRIES
        attempts = self.attempts + is_counted
        has_failed = is_counted and attempts >= kind.attempts
        pause = pause_before_retry(attempts if is_counted else self.entry.attempts + 1)
        if not is_counted:
            pause = min(pause, LONGEST_AWAY_PAUSE)
        error = problem_of_job(problem)
        if has_failed:
            await self._give_up(kind, attempts, error)
        else:
            await self._put_off(attempts, pause, error)
        outcome = "failed" if has_failed else "retried" if is_counted else "away"
        jobs_total.labels(kind.name, outcome).inc()
        _log.warning("a job did not succeed", name=kind.name, outcome=outcome, attempts=attempts, exc_info=problem)

    async def _note_loss(self, kind: Job) -> None:
        """Counts the attempt whose worker died. The first time it goes on at once: most often it was not the job."""
        attempts = self.attempts + 1
        has_failed = attempts >= kind.attempts
        if has_failed:
            await self._give_up(kind, attempts, _LOST)
        else:
            pause = pause_before_retry(attempts - 1) if attempts > 1 else timedelta()
            await self._put_off(attempts, pause, _LOST)
        jobs_total.labels(kind.name, "lost").inc()
        _log.warning("a job has lost its worker", name=kind.name, has_failed=has_failed, attempts=attempts)

    async def _put_off(self, attempts: int, pause: timedelta, error: dict[str, str]) -> None:
        async with begin(self.house, self.who) as work:
            run_at = work.now + pause
            await work.db.execute(_FAILED, self.tenant_id, self.job_id, "queued", attempts, run_at, error, None)
            await self._put_back(work, pause)

    async def _give_up(self, kind: Job, attempts: int, error: dict[str, str]) -> None:
        try:
            await self._fail(kind, attempts, error, kind.on_failed)
        except Exception as second:
            if kind.on_failed is None or is_away(second):
                raise
            _log.exception("nobody could be told that a job has failed", name=kind.name)
            await self._fail(kind, attempts, error, None)

    async def _fail(self, kind: Job, attempts: int, error: dict[str, str], tell: OnFailed | None) -> None:
        async with begin(self.house, self.who) as work:
            now = work.now
            ended = await work.db.fetchval(
                _FAILED, self.tenant_id, self.job_id, "failed", attempts, now, error, now
            )  # fmt: skip
            if ended and tell is not None:
                await tell(work, kind.args.model_validate(self.args), error)
            await self._take_out(work)

    async def _put_back(self, work: Work, pause: timedelta) -> None:
        await work.db.execute(_PUT_BACK, self.entry.id, pause)

    async def _take_out(self, work: Work) -> None:
        await work.db.execute(_TAKE_OUT, self.entry.id)


def problem_of_job(problem: Exception) -> dict[str, str]:
    """What a job's `error` shows."""
    if isinstance(problem, Refusal):
        return {"code": problem.code, "title": problem.title, "detail": problem.detail[:LONGEST_DETAIL]}
    return {"code": "unexpected", "title": type(problem).__name__, "detail": str(problem)[:LONGEST_DETAIL]}
