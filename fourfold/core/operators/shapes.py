"""What leaves of tenants for their operators."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class UsageShape(BaseModel):
    """How much a tenant has and does."""

    accounts: int = Field(examples=[12])
    sessions: int = Field(description="Sessions that are open.", examples=[3])
    jobs_waiting: int = Field(examples=[0])
    jobs_failed: int = Field(examples=[0])
    last_event_at: datetime | None


class ManagedTenantShape(BaseModel):
    """A tenant, as operators see it."""

    id: UUID
    slug: str = Field(examples=["demo"])
    name: str = Field(examples=["Demo Market"])
    status: str = Field(description="active, suspended, deleting, erasing or deleted.", examples=["active"])
    status_reason: str = Field(examples=[""])
    status_at: datetime | None
    plan: str = Field(examples=["free"])
    created_at: datetime
    usage: UsageShape

    @classmethod
    def of(cls, row: asyncpg.Record, usage: asyncpg.Record) -> "ManagedTenantShape":
        """From rows of `queries`."""
        return cls(**dict(row), usage=UsageShape(**dict(usage)))
