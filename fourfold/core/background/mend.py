"""People mend background work: retry and cancel jobs, deliver parked events again, replay the past."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.background import queries, tables
from fourfold.core.background.shapes import JobShape
from fourfold.ground.durable import enqueue, hasten_job
from fourfold.ground.moments import Moment
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work


class Replay(BaseModel):
    """From when on, and which reactions shall handle those events once more."""

    model_config = ConfigDict(extra="forbid")
    since: Moment
    reactions: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=50, examples=[["commerce.search.refresh_listing"]]
    )


class NoSuchJob(NotFound):
    """404: this tenant has no such job."""

    code = "core.no_such_job"


class JobNotWaiting(Conflict):
    """409: the job is in a state in which this cannot be done."""

    code = "core.job_in_other_state"
    title = "The job is in another state"


class NotParked(NotFound):
    """404: the event is not parked for this reaction."""

    code = "core.not_parked"


async def retry_job(work: Work, job_id: UUID) -> JobShape:
    """Runs a failed or cancelled job again."""
    name = await tables.requeue_job(work.db, job_id, work.now)
    if name is not None:
        await enqueue(work.db, work.who, work.now, [(job_id, name, work.now)])
        return await _job(work, job_id)
    job = await _job(work, job_id)
    raise JobNotWaiting(f"The job is {job.status}; only failed and cancelled jobs are retried.")


async def cancel_job(work: Work, job_id: UUID) -> JobShape:
    """Keeps a waiting job from running; what waits for it, such as an import, ends as failed soon after."""
    if await tables.cancel_job(work.db, job_id, work.now):
        # The worker takes it out of the queue, and tells whoever waits for it.
        await hasten_job(work.db, job_id)
        return await _job(work, job_id)
    job = await _job(work, job_id)
    raise JobNotWaiting(f"The job is {job.status}; only queued jobs are cancelled.")


async def _job(work: Work, job_id: UUID) -> JobShape:
    row = await queries.job_with_id(work.db, job_id)
    if row is None:
        raise NoSuchJob
    return JobShape.of(row)


async def retry_parked(work: Work, event_id: UUID, reaction: str) -> None:
    """Delivers a parked event to its reaction again."""
    if not await tables.unpark(work.db, event_id, reaction):
        raise NotParked
    await tables.unsettle(work.db, event_id)


async def replay_events(work: Work, ask: Replay) -> int:
    """Delivers this tenant's events since a time to the named reactions again; says how many events there are."""
    return await tables.replay_since(work.db, ask.since, ask.reactions)
