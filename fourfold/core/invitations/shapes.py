"""What leaves of invitations."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class InvitationShape(BaseModel):
    """An invitation, without its secret."""

    id: UUID
    email: str = Field(examples=["ada@demo.test"])
    roles: list[str] = Field(examples=[["admin"]])
    status: Literal["open", "accepted", "revoked", "expired"]
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record, now: datetime) -> "InvitationShape":
        """From a row of `queries`."""
        status: Literal["open", "accepted", "revoked", "expired"] = "open"
        if row["accepted_at"] is not None:
            status = "accepted"
        elif row["revoked_at"] is not None:
            status = "revoked"
        elif row["expires_at"] <= now:
            status = "expired"
        kept = {name: row[name] for name in ("id", "email", "roles", "created_at", "expires_at", "accepted_at")}
        return cls(status=status, **kept)


class StepShape(BaseModel):
    """One thing that a new tenant does."""

    name: str = Field(examples=["core.invite_people"])
    title: str = Field(examples=["Invite the people you work with"])
    how: str = Field(examples=["POST /v1/core/invitations"])
    done: bool


class OnboardingShape(BaseModel):
    """What a new tenant does, in this order."""

    done: int = Field(examples=[2])
    of: int = Field(examples=[6])
    items: list[StepShape]
