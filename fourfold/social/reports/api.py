"""Ways in to reports: making one, and reading and closing them for those who moderate."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.ground.answers import must_match, problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.reports.decide import CloseReport, close_report, reports_page, show_report
from fourfold.social.reports.report import Report, report
from fourfold.social.reports.rules import Kind, Reason, State
from fourfold.social.reports.shapes import OwnReportShape, ReportShape, WholeReportShape

router = room_router("/v1/social", "reports")

Reporting = Annotated[DocumentWork, may("social:reports:create", opens=DocumentWork)]
Reading = Annotated[DocumentView, may("social:reports:read", opens=DocumentView)]
Closing = Annotated[DocumentWork, may("social:reports:write", opens=DocumentWork)]


@router.post(
    "/reports",
    status_code=201,
    summary="Report something",
    responses={
        200: {"model": OwnReportShape, "description": "It was reported before."},
        **problems(401, 403, 404, 409),
    },
)
async def report_here(ask: Report, work: Reporting, response: Response) -> OwnReportShape:
    """Tells moderators of a person, post, comment or message that the caller sees, with what it says at this moment.

    Made again it is the same report (200) with what they say now, and is open again; whoever is reported is not told.
    """
    made, is_new = await report(work, ask)
    if not is_new:
        response.status_code = 200
    return made


@router.get("/reports", summary="List reports", responses=problems(401, 403))
async def list_reports_here(
    view: Reading,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    kind: Annotated[Kind | None, Query(description="Only of such things.")] = None,
    reason: Annotated[Reason | None, Query(description="Only for this reason.")] = None,
    target_id: Annotated[UUID | None, Query(description="Only of this person, post, comment or message.")] = None,
    about: Annotated[UUID | None, Query(description="Only of what is this person's, or of them.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ReportShape]:
    """What people have reported, the latest first; what is about the caller is for other moderators."""
    asked = {"state": state, "kind": kind, "reason": reason, "target": target_id, "about": about}
    wanted = {name: value for name, value in asked.items() if value is not None}
    return await reports_page(view, wanted, cursor, limit)


@router.get("/reports/{report_id}", summary="Show a report", responses=problems(401, 403, 404))
async def show_report_here(report_id: UUID, view: Reading, response: Response) -> WholeReportShape:
    """A report with what was to be seen when it was made, also when that was edited or deleted since."""
    return _tagged(response, await show_report(view, report_id))


@router.post("/reports/{report_id}/close", summary="Close a report", responses=problems(401, 403, 404, 409, 412))
async def close_report_here(
    report_id: UUID, ask: CloseReport, work: Closing, request: Request, response: Response
) -> WholeReportShape:
    """Says what became of it, for the other moderators; whoever made it is not told."""
    await close_report(work, report_id, ask, partial(_must_match, request))
    return _tagged(response, await show_report(work, report_id))


def _tagged(response: Response, shown: WholeReportShape) -> WholeReportShape:
    response.headers["ETag"] = f'"{shown.version}"'
    return shown


def _must_match(request: Request, row: Mapping[str, Any]) -> None:
    must_match(request, f'"{row["version"]}"')
