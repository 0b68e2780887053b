"""Ways in to background work: jobs, events, parked events."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from fourfold.core.background import queries
from fourfold.core.background.mend import NoSuchJob, Replay, cancel_job, replay_events, retry_job, retry_parked
from fourfold.core.background.shapes import EventShape, JobShape, ParkedShape, ReplayedShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "background")

Status = Annotated[Literal["queued", "running", "done", "failed", "cancelled"] | None, Query()]
Name = Annotated[str | None, Query(max_length=200)]


@router.get("/jobs", summary="List durable jobs", responses=problems(401, 403))
async def list_jobs_here(
    view: Annotated[View, may("core:jobs:read", opens=View)],
    status: Status = None,
    name: Name = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[JobShape]:
    """The tenant's jobs, newest first."""
    position = position_of(view, "jobs", cursor)
    rows = await queries.jobs_page(view.db, status, name, UUID(position[0]) if position else None, limit + 1)
    items = [JobShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "jobs", [str(items[-1].id)]) if len(rows) > limit else None)


@router.get("/jobs/{job_id}", summary="Read a job", responses=problems(401, 403, 404))
async def job_here(job_id: UUID, view: Annotated[View, may("core:jobs:read", opens=View)]) -> JobShape:
    """One job, with its progress and, when it failed, its error."""
    row = await queries.job_with_id(view.db, job_id)
    if row is None:
        raise NoSuchJob
    return JobShape.of(row)


@router.post("/jobs/{job_id}/retry", summary="Run a failed job again", responses=problems(401, 403, 404, 409))
async def retry_job_here(job_id: UUID, work: Annotated[Work, may("core:jobs:write")]) -> JobShape:
    """Makes a failed or cancelled job wait to be run again."""
    return await retry_job(work, job_id)


@router.post("/jobs/{job_id}/cancel", summary="Cancel a waiting job", responses=problems(401, 403, 404, 409))
async def cancel_job_here(job_id: UUID, work: Annotated[Work, may("core:jobs:write")]) -> JobShape:
    """Keeps a waiting job from being run; what it was to do, such as an import, ends as failed and says so."""
    return await cancel_job(work, job_id)


@router.get("/events", summary="List events", responses=problems(401, 403))
async def list_events_here(
    view: Annotated[View, may("core:events:read", opens=View)],
    type: Name = None,  # noqa: A002 - the filter's public name
    since: Annotated[Moment | None, Query()] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[EventShape]:
    """The tenant's events in the order in which they were written."""
    position = position_of(view, "events", cursor)
    rows = await queries.events_page(view.db, position[0] if position else 0, type, since, limit + 1)
    more = cursor_for(view, "events", [rows[limit - 1]["seq"]]) if len(rows) > limit else None
    return Page(items=[EventShape.of(row) for row in rows[:limit]], next=more)


@router.get("/parked-events", summary="List parked events", responses=problems(401, 403))
async def list_parked_here(
    view: Annotated[View, may("core:events:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[ParkedShape]:
    """Events that a reaction gave up on, newest first."""
    position = position_of(view, "parked", cursor)
    rows = await queries.parked_page(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [ParkedShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "parked", [str(items[-1].event_id)]) if len(rows) > limit else None)


@router.post(
    "/parked-events/{event_id}/{reaction}/retry",
    status_code=204,
    summary="Deliver a parked event again",
    responses=problems(401, 403, 404),
)
async def retry_parked_here(event_id: UUID, reaction: str, work: Annotated[Work, may("core:events:write")]) -> None:
    """Delivers the event to the reaction that gave up on it."""
    await retry_parked(work, event_id, reaction)


@router.post("/events/replay", status_code=202, summary="Replay events", responses=problems(401, 403))
async def replay_here(ask: Replay, work: Annotated[Work, may("core:events:write", rate="costly")]) -> ReplayedShape:
    """Delivers past events to the named reactions again; what they did before, they do once more."""
    return ReplayedShape(events=await replay_events(work, ask))
