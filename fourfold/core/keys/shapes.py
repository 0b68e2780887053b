"""What leaves of API keys and service accounts."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.keys.rules import Environment


class KeyShape(BaseModel):
    """A key, without its secret."""

    id: UUID
    account_id: UUID
    name: str = Field(examples=["warehouse sync"])
    prefix: str = Field(description="How the key begins, up to its secret.", examples=["ffk_test_01a207a3…"])
    last_four: str = Field(description="How the key ends.", examples=["9c3e"])
    environment: Environment | None = Field(description="Where it is good; null: everywhere, as keys once were.")
    scopes: list[str] = Field(examples=[["commerce:products:write"]])
    networks: list[str] = Field(description="From where it may be used; none: from everywhere.")
    expires_at: datetime | None
    disabled: bool
    revoked_at: datetime | None
    replaced_by: UUID | None = Field(description="The key that it was rotated to.")
    last_used_at: datetime | None = Field(description="To within a minute.")
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "KeyShape":
        """From a row of `queries`."""
        return cls(**dict(row), disabled=row["disabled_at"] is not None)


class NewKeyShape(BaseModel):
    """A new key; `key` is shown here and never again."""

    id: UUID
    key: str = Field(examples=["ffk_test_0189…"])
    account_id: UUID
    prefix: str
    last_four: str
    name: str
    environment: Environment
    scopes: list[str]
    networks: list[str]
    expires_at: datetime | None


class ServiceAccountShape(BaseModel):
    """An account for a program: it has roles and keys, and no password."""

    id: UUID
    name: str = Field(examples=["warehouse"])
    roles: list[str] = Field(examples=[["vendor"]])
    status: str = Field(examples=["active"])
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ServiceAccountShape":
        """From a row of `queries`."""
        return cls(**dict(row))
