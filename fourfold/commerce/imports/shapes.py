"""What leaves of imports: how far one is, what it did, and what was wrong with which row."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.ground.answers import ProblemShape

ROOT = "/v1/commerce/imports"


class ImportShape(BaseModel):
    """An import; `read` products are `created`, `updated`, `unchanged` or `failed`, at every moment."""

    id: UUID
    status: Literal["queued", "running", "done", "failed"]
    dry_run: bool = Field(description="Whether nothing but this report is written.")
    vendor_id: UUID = Field(description="Whose products they become.")
    file_name: str = Field(examples=["products.csv"])
    format: str = Field(examples=["csv"])
    progress: float = Field(ge=0, le=1, examples=[0.25])
    read: int = Field(examples=[500])
    created: int = Field(examples=[480])
    updated: int = Field(examples=[0])
    unchanged: int = Field(examples=[15])
    failed: int = Field(description="Products of which nothing was written; the errors say why.", examples=[5])
    errors_url: str = Field(examples=[f"{ROOT}/01890a5d-ac96-774b-bcce-b302099a8057/errors"])
    problem: ProblemShape | None = Field(description="Why a failed import went no further.")
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ImportShape":
        """From a row of `queries`."""
        facts: dict[str, Any] = dict(row)
        problem = facts.pop("error")
        facts["progress"] = round(facts["progress"], 4)
        return cls(
            **facts,
            errors_url=f"{ROOT}/{facts['id']}/errors",
            problem=ProblemShape.model_validate(problem) if problem else None,
        )


class RowErrorShape(BaseModel):
    """What is wrong with one row; `line` counts the header as line 1, and `handle` is the product's."""

    line: int = Field(examples=[17])
    handle: str = Field(examples=["door-sign"])
    column: str | None = Field(examples=["Variant Price"])
    code: str = Field(examples=["not_a_number"])
    message: str = Field(examples=["Variant Price: '19,99' is not an amount: write digits with a point, like 1999.95."])
