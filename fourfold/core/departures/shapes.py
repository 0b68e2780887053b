"""What leaves of exports and deletions."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class ExportShape(BaseModel):
    """An export of everything that a tenant has; its content is there once it is done."""

    id: UUID
    status: str = Field(description="queued, done or failed.", examples=["done"])
    created_at: datetime
    finished_at: datetime | None
    size: int | None = Field(description="Bytes.", examples=[81920])
    sha256: str | None = Field(description="Of the zip file.", examples=["9f86d081884c7d65…"])
    tables: int | None = Field(examples=[61])
    files: int | None = Field(examples=[12])

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ExportShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class DeletionShape(BaseModel):
    """A deletion that is to come, going on, or done."""

    id: UUID
    requested_by: str = Field(examples=["account:01890a5d-ac96-774b-bcce-b302099a8057"])
    requested_at: datetime
    due_at: datetime
    cancelled_at: datetime | None
    done_at: datetime | None
    receipt: dict[str, Any] | None = Field(description="What was deleted; there once it is done.")
    signature: str | None = Field(description="The receipt as a JWT, signed with a key of /.well-known/jwks.json.")

    @classmethod
    def of(cls, row: asyncpg.Record) -> "DeletionShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class StartedDeletionShape(BaseModel):
    """A deletion that has been asked for, and how to cancel it."""

    id: UUID
    due_at: datetime
    cancel_token: str = Field(description="Cancels the deletion until it is due; also mailed to the owners.")
