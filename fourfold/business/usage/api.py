"""Ways in to usage: what was requested, as pages or as CSV, and how it stands with the plan."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from fourfold.business.usage import queries
from fourfold.business.usage.queries import Group
from fourfold.business.usage.shapes import QuotaShape, UsageShape
from fourfold.ground.allowances import ALL_KEYS, KEY_REQUESTS, REQUESTS, month_of, next_month
from fourfold.ground.answers import problems
from fourfold.ground.csv_text import csv_lines
from fourfold.ground.door import may, room_router
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View

router = room_router("/v1/business", "usage")

SPAN = timedelta(days=30)
EARLIEST = datetime.min.replace(tzinfo=UTC) + SPAN
MOST_LINES = 100_000
CSV = "text/csv"
Reading = Annotated[View, may("business:usage:read", opens=View)]
Since = Annotated[
    Moment | None, Query(alias="from", description="Hours that begin then or later; none: 30 days before `to`.")
]
Until = Annotated[Moment | None, Query(alias="to", description="Hours that begin before that; none: up to now.")]


@router.get(
    "/usage",
    summary="Report the usage",
    response_model=Page[UsageShape],
    responses={**problems(401, 403), 200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def report_usage_here(
    request: Request,
    view: Reading,
    since: Since = None,
    until: Until = None,
    group_by: Annotated[Group, Query(description="What to add up by.")] = "day",
    format: Annotated[Literal["json", "csv"] | None, Query(description="As `Accept` says, by default.")] = None,  # noqa: A002 - its name in the address
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """The tenant's answered requests with their refusals, failures and times, as they are up to a second or two ago.

    CSV comes in one piece; it is asked for with `format=csv` or `Accept: text/csv`.
    """
    end = until or view.now
    begin = since or max(end, EARLIEST) - SPAN
    if format == "csv" or (format is None and request.headers.get("accept", "").startswith(CSV)):
        rows = await queries.usage_by(view.db, group_by, begin, end, None, MOST_LINES)
        names = list(UsageShape.model_fields)
        text = csv_lines([[group_by, *names[1:]], *([row[name] for name in names] for row in rows)])
        return Response(text, media_type=CSV, headers={"Content-Disposition": 'attachment; filename="usage.csv"'})
    purpose = f"business.usage:{group_by}:{begin if since else ''}:{end if until else ''}"
    position = position_of(view, purpose, cursor)
    rows = await queries.usage_by(view.db, group_by, begin, end, position[0] if position else None, limit + 1)
    more = cursor_for(view, purpose, [rows[limit - 1]["group"]]) if len(rows) > limit else None
    page = Page[UsageShape](items=[UsageShape(**dict(row)) for row in rows[:limit]], next=more)
    return Response(page.model_dump_json(), media_type="application/json")


@router.get("/quota", summary="Read the plan's quota", responses=problems(401, 403))
async def read_quota_here(view: Reading) -> QuotaShape:
    """What the tenant's plan gives each month, and how much of it is used."""
    tenant_id, now, configuration = view.who.tenant_id, view.now, view.house.configuration
    requests = await configuration.value(tenant_id, REQUESTS, view.db)
    of_key = await configuration.value(tenant_id, KEY_REQUESTS, view.db)
    return QuotaShape(
        month=f"{now:%Y-%m}",
        requests=requests or None,
        used=await queries.used_in_month(view.db, month_of(now), ALL_KEYS),
        requests_of_key=of_key or None,
        storage_bytes=await view.house.allowances.storage_of(tenant_id),
        resets_at=next_month(now),
    )
