"""Reporting something: once for each person and thing, with what it says at that moment."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import ReportMade
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import FieldError, Invalid, NotFound
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.ensure import active_person
from fourfold.social.reports.documents import LONGEST, REPORTS
from fourfold.social.reports.evidence import evidence_of
from fourfold.social.reports.queries import report_by
from fourfold.social.reports.rules import Kind, Reason, with_evidence
from fourfold.social.reports.shapes import OwnReportShape
from fourfold.social.texts.rules import CONTROLS, TURNING, tidy
from fourfold.social.ties.pair import Yourself


class Report(BaseModel):
    """What is wrong, and with what."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(description="What is reported.", examples=["post"])
    id: UUID = Field(description="The id of the person, post, comment or message.")
    reason: Reason = Field(examples=["spam"])
    text: str = Field("", max_length=LONGEST, description="What else there is to say.", examples=["Twice today"])


async def report(work: DocumentWork, ask: Report) -> tuple[OwnReportShape, bool]:
    """The caller's report, and whether it is a new one; made again it is the same one with what they say now.

    Raises as whatever shows the thing does when it is not there for the caller, `Yourself`, and `TooOften`.
    """
    me = (await active_person(work)).id
    said = {"reason": ask.reason, "text": _readable(ask.text)}
    target, about, evidence = ask.id, None, None
    try:
        target, about, evidence = await evidence_of(work, ask.kind, ask.id)
    except NotFound:
        # What was reported before may be gone by now, or not be for them any more: their report stays theirs.
        if await report_by(work, me, ask.kind, target) is None:
            raise
    if about == me:
        raise Yourself
    known = await report_by(work, me, ask.kind, target)
    if known is not None:
        return await _again(work, known, said, evidence), False
    await hold_to(work, "reports")
    row = {
        "_id": new_id(), "by": me, "kind": ask.kind, "target": target, "about": about, **said, "state": "open",
        "evidence": [evidence], "version": 1, "at": work.now, "note": "", "closed_by": None, "closed_at": None,
    }  # fmt: skip
    try:
        await work.documents(REPORTS).insert(row)
    except Duplicate as problem:
        raise TryAgain("it is being reported") from problem
    _tell(work, row)
    return OwnReportShape.of(row), True


async def _again(
    work: DocumentWork, known: dict[str, Any], said: dict[str, Any], evidence: dict[str, Any] | None
) -> OwnReportShape:
    kept = known["evidence"]
    fresh = with_evidence(kept, evidence) if evidence is not None else kept
    if fresh == kept and all(known[name] == value for name, value in said.items()):
        return OwnReportShape.of(known)
    opened = {"state": "open", "closed_by": None, "closed_at": None}
    changes = {**said, **opened, "evidence": fresh}
    meant = {"_id": known["_id"], "version": known["version"]}
    changed = await work.documents(REPORTS).find_one_and_update(meant, {"$set": changes, "$inc": {"version": 1}})
    if changed is None:
        raise TryAgain("it is being changed")
    if known["state"] != "open":
        _tell(work, changed)
    return OwnReportShape.of(changed)


def _tell(work: DocumentWork, row: dict[str, Any]) -> None:
    told = {"kind": row["kind"], "target": row["target"], "about": row["about"], "reason": row["reason"]}
    work.emit(ReportMade(report_id=row["_id"], **told))


def _readable(given: str) -> str:
    text = tidy(given)
    if TURNING.search(text) or CONTROLS.search(text):
        raise Invalid(errors=[FieldError("text", "Leave out control characters and changes of direction.")])
    return text
