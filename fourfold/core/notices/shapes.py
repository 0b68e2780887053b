"""What leaves of mails."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel


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
