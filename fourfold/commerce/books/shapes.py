"""What leaves of the books."""

from typing import Any

from pydantic import BaseModel, Field


class CheckShape(BaseModel):
    """One check: what must be true, and up to twenty rows that break it."""

    name: str = Field(examples=["stock is never oversold"])
    ok: bool
    offenders: list[dict[str, Any]]


class BooksShape(BaseModel):
    """Whether everything adds up."""

    ok: bool
    checks: list[CheckShape]
