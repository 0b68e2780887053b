"""What leaves of mails."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class MailShape(BaseModel):
    """A mail, as the development inbox shows it."""

    id: UUID
    to: str
    subject: str
    text: str
    html: str
    links: list[str]
    attachments: list[str]
    status: str
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "MailShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"], to=row["recipient"], subject=row["subject"], text=row["body_text"], html=row["body_html"],
            links=row["links"], attachments=[each["name"] for each in row["attachments"]], status=row["status"],
            created_at=row["created_at"],
        )  # fmt: skip


class TextShape(BaseModel):
    """A text message, as the development inbox shows it."""

    id: UUID
    to: str
    text: str
    status: str
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "TextShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"], to=row["recipient"], text=row["body"], status=row["status"], created_at=row["created_at"]
        )


class DeliveryShape(BaseModel):
    """What became of a mail, without what it says."""

    id: UUID
    to: str
    subject: str
    template: str = Field(examples=["core.accounts.verify_email"])
    language: str = Field(examples=["de"])
    status: str = Field(examples=["sent"], description="queued, sent, failed or suppressed")
    attempts: int
    error: str = Field(examples=["550 no such user"], description="Why it was not taken the last time; else empty.")
    created_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "DeliveryShape":
        """From a row of `queries`."""
        names = ("id", "subject", "template", "language", "status", "attempts", "error", "created_at", "tried_at")
        return cls(to=row["recipient"], sent_at=row["sent_at"], **{name: row[name] for name in names})


class SuppressionShape(BaseModel):
    """An address that gets no mail, and why: `rejected` was found out by the mail server's answers."""

    id: UUID
    address: str = Field(examples=["gone@demo.test"])
    reason: str = Field(examples=["bounced"])
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "SuppressionShape":
        """From a row of `queries`."""
        return cls(id=row["id"], address=row["address"], reason=row["reason"], created_at=row["created_at"])
