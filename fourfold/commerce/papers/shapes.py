"""What leaves of papers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class PaperShape(BaseModel):
    """A paper that has been issued; `url` is null until it has been drawn."""

    id: UUID
    kind: Literal["invoice", "credit_note", "packing_slip"]
    number: str = Field(examples=["INV-2026-000001"])
    order_id: UUID
    issued_at: datetime
    ready: bool
    url: str | None = Field(examples=["/v1/commerce/papers/01890a5d-ac96-774b-bcce-b302099a8057"])

    @classmethod
    def of(cls, row: asyncpg.Record) -> "PaperShape":
        """From a row of `queries`."""
        ready = row["rendered_at"] is not None
        return cls(
            id=row["id"],
            kind=row["kind"],
            number=row["number"],
            order_id=row["order_id"],
            issued_at=row["issued_at"],
            ready=ready,
            url=f"/v1/commerce/papers/{row['id']}" if ready else None,
        )
