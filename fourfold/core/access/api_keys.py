"""API keys: made, shown once, listed, revoked."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.access import queries, tables
from fourfold.core.access.identify import KEY_PREFIX, checksum
from fourfold.ground.ids import new_id
from fourfold.ground.moments import Moment
from fourfold.ground.refusals import FieldError, Forbidden, Invalid, NotFound
from fourfold.ground.work import View, Work


class MakeKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=100, examples=["warehouse sync"])
    scopes: list[Annotated[str, Field(max_length=100)]] = Field(
        min_length=1, max_length=100, examples=[["commerce:products:write"]]
    )
    expires_at: Moment | None = None


class NewKeyShape(BaseModel):
    """A new key; `key` is shown here and never again."""

    id: UUID
    key: str
    prefix: str
    name: str
    scopes: list[str]
    expires_at: datetime | None


class KeyShape(BaseModel):
    """A key, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "KeyShape":
        """From a row of `queries`."""
        return cls(**dict(row))


class ScopeBeyondRights(Forbidden):
    """403: a key may do no more than its maker."""

    code = "core.scope_beyond_rights"
    title = "A key cannot do more than you may do yourself"


class NoSuchKey(NotFound):
    """404: the caller has no such key."""

    code = "core.no_such_key"


async def make_key(work: Work, ask: MakeKey) -> NewKeyShape:
    """Makes a key for the caller's account; only a hash of it is kept."""
    beyond = sorted(set(ask.scopes) - work.who.permissions)
    if beyond:
        raise ScopeBeyondRights(f"You do not have {beyond[0]} yourself.")
    if ask.expires_at is not None and ask.expires_at <= work.now:
        raise Invalid(errors=[FieldError("expires_at", "Choose a time in the future.")])
    key_id = new_id()
    body = f"{KEY_PREFIX}{work.who.tenant_id.hex}{key_id.hex}_{secrets.token_hex(32)}"
    key = f"{body}_{checksum(body)}"
    prefix = f"{KEY_PREFIX}…{key_id.hex[-8:]}"
    await tables.insert_api_key(
        work.db, work.who.tenant_id, key_id, work.who.account, ask.name, prefix, sha256(key.encode()).digest(),
        sorted(set(ask.scopes)), ask.expires_at, work.now,
    )  # fmt: skip
    return NewKeyShape(
        id=key_id, key=key, prefix=prefix, name=ask.name, scopes=sorted(set(ask.scopes)), expires_at=ask.expires_at
    )


async def keys_of_caller(view: View) -> list[KeyShape]:
    """The caller's keys, oldest first."""
    return [KeyShape.of(row) for row in await queries.api_keys_of(view.db, view.who.account)]


async def revoke_key(work: Work, key_id: UUID) -> None:
    """Ends one of the caller's keys at once; raises `NoSuchKey`."""
    if not await tables.revoke_api_key(work.db, key_id, work.who.account, work.now):
        raise NoSuchKey
