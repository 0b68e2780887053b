"""What leaves of access: tokens, sessions, and the public keys that verify tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.access.rules import device_in


class TokensShape(BaseModel):
    """A pair of tokens."""

    access_token: str = Field(examples=["eyJhbGciOiJFZERTQSIs..."])
    refresh_token: str = Field(examples=["ffr_0189..."])
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds that the access token is good for.", examples=[600])


class SessionShape(BaseModel):
    """A session that lives: on which device, from where, since when."""

    id: UUID
    device: str = Field(examples=["Firefox on Linux"])
    user_agent: str
    address: str = Field(examples=["192.0.2.7"])
    created_at: datetime
    last_used_at: datetime = Field(description="When its tokens were renewed last.")
    authenticated_at: datetime = Field(description="When its person last proved who they are.")
    expires_at: datetime
    current: bool = Field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, row: asyncpg.Record, current: UUID | None) -> "SessionShape":
        """From a row of `queries`; `current` is the caller's session."""
        return cls(**dict(row), device=device_in(row["user_agent"]), current=row["id"] == current)


class EndedShape(BaseModel):
    """How many sessions were ended."""

    ended: int = Field(examples=[2])


class JwksShape(BaseModel):
    """The public keys of the access tokens."""

    keys: list[dict[str, Any]]
