"""What leaves of reports: to those who decide on them; whoever has made one sees their own words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.reports.rules import Kind, Reason, State
from fourfold.social.visibility.shapes import ShownPerson


class OwnReportShape(BaseModel):
    """A report of the caller's."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    kind: Kind
    target_id: UUID = Field(description="What is reported; of a repost, its original.")
    reason: Reason
    text: str = Field(examples=["Twice today"])
    at: datetime = Field(description="When it was first reported.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "OwnReportShape":
        """A document as it leaves to whoever has made it."""
        told = ("kind", "reason", "text", "at")
        return cls(id=row["_id"], target_id=row["target"], **{name: row[name] for name in told})


class EvidenceShape(BaseModel):
    """What was to be seen when it was reported, whatever became of it."""

    author_id: UUID = Field(description="Whose it is.")
    version: int = Field(description="Which version of it this was.", examples=[1])
    text: str = Field(description="What it said; of a person see `fields`.", examples=["Buy now"])
    media_ids: list[UUID] = Field(description="Pictures, videos and files that belonged to it.")
    fields: dict[str, Any] | None = Field(
        description="Of a person: what whoever reports them saw of the profile.", examples=[None]
    )
    audience: str | None = Field(description="Of a post: whom it was for.", examples=["public"])
    post_id: UUID | None = Field(description="Of a comment: the post below which it stands.")
    conversation_id: UUID | None = Field(description="Of a message: where it was sent.")
    written_at: datetime = Field(description="When it was written.")
    at: datetime = Field(description="When it was seen like this.")

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "EvidenceShape":
        """A part of a document as it leaves."""
        told = ("version", "text", "written_at", "at")
        return cls(
            author_id=kept["author"],
            media_ids=kept["media"],
            fields=kept.get("fields"),
            audience=kept.get("audience"),
            post_id=kept.get("post"),
            conversation_id=kept.get("conversation"),
            **{name: kept[name] for name in told},
        )


class ReportShape(OwnReportShape):
    """A report, as those see it who decide on it."""

    state: State
    by: ShownPerson | None = Field(description="Who has reported it; null when they are erased.")
    about: ShownPerson | None = Field(description="Whose it is; null when they are erased.")
    reporters: int = Field(description="By how many people this is reported: each counts once.", examples=[3])
    note: str = Field(description="What was said when it was closed.", examples=[""])
    closed_by: UUID | None
    closed_at: datetime | None
    version: int = Field(description="Rises with each change; the entity tag that `If-Match` names.", examples=[1])


class WholeReportShape(ReportShape):
    """The same with its evidence."""

    evidence: list[EvidenceShape] = Field(
        description="What was to be seen when it was first reported, then what it said when it was reported again."
    )
