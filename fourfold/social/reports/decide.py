"""Reading reports and closing them, for moderators: blocks between those involved do not matter here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import ReportClosed
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from fourfold.social.people.queries import people_by_id
from fourfold.social.reports.documents import LONGEST, REPORTS
from fourfold.social.reports.queries import report_for, reporters_of, reports_like
from fourfold.social.reports.rules import Outcome
from fourfold.social.reports.shapes import EvidenceShape, OwnReportShape, ReportShape, WholeReportShape
from fourfold.social.texts.rules import CONTROLS, TURNING, tidy
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.shapes import ShownPerson

Document = Mapping[str, Any]


class NoSuchReport(NotFound):
    """404: there is no such report, or it is about the caller."""

    code = "social.no_such_report"
    title = "There is no such report"


class ClosedAlready(Conflict):
    """409: somebody has closed it."""

    code = "social.closed_already"
    title = "The report is closed already"


class CloseReport(BaseModel):
    """What became of it."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome = Field(description="Whether something was done.", examples=["dismissed"])
    note: str = Field("", max_length=LONGEST, description="For other moderators.", examples=["Nothing wrong with it"])


async def reports_page(
    view: DocumentView, wanted: Mapping[str, Any], cursor: str | None, limit: int
) -> Page[ReportShape]:
    """Reports that fit, the latest first; as many reads for one as for many."""
    purpose = f"social.reports:{view.who.account_id}:{sorted(wanted.items())}"
    position = position_of(view, purpose, cursor)
    rows = await reports_like(view, wanted, UUID(position[0]) if position else None, limit + 1)
    more = cursor_for(view, purpose, [str(rows[limit - 1]["_id"])]) if len(rows) > limit else None
    return Page(items=[ReportShape(**told) for told in await _told(view, rows[:limit])], next=more)


async def show_report(view: DocumentView, report_id: UUID) -> WholeReportShape:
    """One report with its evidence; raises `NoSuchReport`."""
    row = await report_for(view, report_id)
    if row is None:
        raise NoSuchReport
    [told] = await _told(view, [row])
    return WholeReportShape(**told, evidence=[EvidenceShape.of(each) for each in row["evidence"]])


async def close_report(
    work: DocumentWork, report_id: UUID, ask: CloseReport, check: Callable[[Document], None]
) -> None:
    """Closes a report; `check` is given it, and raises when it is not the version that was read.

    Raises `NoSuchReport` and `ClosedAlready`.
    """
    row = await report_for(work, report_id)
    if row is None:
        raise NoSuchReport
    check(row)
    if row["state"] != "open":
        raise ClosedAlready
    note = tidy(ask.note)
    if TURNING.search(note) or CONTROLS.search(note):
        raise Invalid(errors=[FieldError("note", "Leave out control characters and changes of direction.")])
    closed = {"state": ask.outcome, "note": note, "closed_by": work.who.account_id, "closed_at": work.now}
    meant = {"_id": report_id, "version": row["version"], "state": "open"}
    done = await work.documents(REPORTS).update_one(meant, {"$set": closed, "$inc": {"version": 1}})
    if not done.matched:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat that.")
    work.emit(
        ReportClosed(
            report_id=report_id, kind=row["kind"], target=row["target"], about=row["about"], outcome=ask.outcome
        )
    )
    work.changed({"state": "open"}, {"state": ask.outcome})


async def _told(view: DocumentView, rows: Sequence[Document]) -> list[dict[str, Any]]:
    people = await people_by_id(view, {row[name] for row in rows for name in ("by", "about")})
    counted = await reporters_of(view, [row["target"] for row in rows])
    shown: dict[UUID, ShownPerson] = {each.id: as_shown(each) for each in people.values() if each.state != "erased"}
    told = ("state", "note", "closed_by", "closed_at", "version")
    return [
        {
            **OwnReportShape.of(row).model_dump(),
            **{name: row[name] for name in told},
            "by": shown.get(row["by"]),
            "about": shown.get(row["about"]),
            "reporters": counted.get(row["target"], 1),
        }
        for row in rows
    ]
