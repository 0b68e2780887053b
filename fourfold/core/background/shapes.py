"""What leaves of jobs and events."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class JobShape(BaseModel):
    """A durable job."""

    id: UUID
    name: str = Field(examples=["core.notices.deliver_mail"])
    args: dict[str, Any]
    status: str = Field(examples=["queued"])
    run_at: datetime
    attempts: int
    progress: float
    result: Any | None
    error: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "JobShape":
        """From a row of `queries`."""
        return cls(**dict(row))


class EventShape(BaseModel):
    """An event, in the terms of CloudEvents."""

    id: UUID
    type: str = Field(examples=["commerce.order.placed"])
    source: str = Field(examples=["/commerce"])
    subject: str
    time: datetime
    data: dict[str, Any]

    @classmethod
    def of(cls, row: asyncpg.Record) -> "EventShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"], type=row["type"], source=f"/{row['type'].partition('.')[0]}", subject=row["subject"],
            time=row["at"], data=row["data"],
        )  # fmt: skip


class ParkedShape(BaseModel):
    """An event that a reaction gave up on after several attempts."""

    event_id: UUID
    reaction: str
    attempts: int
    error: str
    parked_at: datetime
    type: str
    subject: str
    data: dict[str, Any]

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ParkedShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class ReplayedShape(BaseModel):
    """How many events will be delivered again."""

    events: int
