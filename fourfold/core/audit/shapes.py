"""What leaves of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import BaseModel, Field


class ActorShape(BaseModel):
    """Who it was: an account, by its session or key; a visitor; or Fourfold itself."""

    kind: str = Field(examples=["account"])
    id: UUID | None = None
    session: UUID | None = None
    key: UUID | None = None


class EntryShape(BaseModel):
    """An entry; `seq` and `hash` are its place in the chain, null for the second or so until it has one."""

    id: UUID
    seq: int | None = Field(examples=[1042])
    at: datetime
    actor: ActorShape
    action: str = Field(examples=["core.access.grant_roles"])
    target: str = Field("", examples=["account:01890a5d-ac96-774b-bcce-b302099a8057"])
    outcome: str = Field(examples=["done"])
    reason: str | None = Field(None, description="The code of the refusal.", examples=["missing_permission"])
    count: int = Field(1, description="How many refusals are told of as one.")
    permission: str | None = Field(None, examples=["core:roles:write"])
    within: list[str] = Field([], description="What the target is a part of.")
    made: str | None = Field(None, description="The id of what was made.")
    status: int | None = Field(None, description="The status of the answer.", examples=[200])
    request_id: str
    address: str | None = Field(None, description="From where; null when there is none, or when it was forgotten.")
    before: Any | None = None
    after: Any | None = None
    hash: str | None = Field(None, examples=["5c1e" * 16])

    @classmethod
    def of(cls, row: asyncpg.Record) -> "EntryShape":
        """From a row of `queries`."""
        body = orjson.loads(row["body"])
        return cls.model_validate({**body, "seq": row["seq"], "hash": row["hash"], "address": row["address"]})
