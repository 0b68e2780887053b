"""An API key is changed, rotated or revoked; every process knows within a second."""

from datetime import timedelta
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.keys import queries, tables
from fourfold.core.keys.make import MANAGES_SERVICES, MakeKey, Networks, environment_here, keep_new_key, refuse_past
from fourfold.core.keys.shapes import KeyShape, NewKeyShape
from fourfold.ground.moments import Moment
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work


class ChangeKey(BaseModel):
    """What is to change of a key; what is not sent stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str | None = Field(None, min_length=1, max_length=100, examples=["warehouse sync"])
    networks: Networks | None = None
    expires_at: Moment | None = None
    disabled: bool | None = Field(None, strict=True)


class RotateKey(BaseModel):
    """How long the old key works beside the new one, and how long the new one works."""

    model_config = ConfigDict(extra="forbid")
    overlap_hours: int = Field(24, ge=0, le=720, strict=True, examples=[24])
    expires_at: Moment | None = None


class NoSuchKey(NotFound):
    """404: the caller has no such key."""

    code = "core.no_such_key"


class KeyEnded(Conflict):
    """409: the key was revoked or rotated before."""

    code = "core.key_ended"
    title = "This key has been revoked or replaced already"


async def change_key(work: Work, key_id: UUID, ask: ChangeKey) -> KeyShape:
    """Changes a key's name, networks, end, or whether it is switched off; raises `NoSuchKey`, `KeyEnded`."""
    key = await _own_key(work, key_id)
    refuse_past(work, ask.expires_at)
    told = ask.model_dump(exclude_unset=True)
    disabled_at = (key["disabled_at"] or work.now) if told.get("disabled", key["disabled_at"] is not None) else None
    expires_at = told.get("expires_at", key["expires_at"])
    name, networks = ask.name or key["name"], key["networks"] if ask.networks is None else ask.networks
    work.changed(dict(key), {"name": name, "networks": networks, "expires_at": expires_at, "disabled_at": disabled_at})
    await tables.update_api_key(work.db, key_id, name, networks, expires_at, disabled_at)
    await _tell(work, key_id)
    rows = await queries.keys_of_account(work.db, key["account_id"])
    return next(KeyShape.of(row) for row in rows if row["id"] == key_id)


async def rotate_key(work: Work, key_id: UUID, ask: RotateKey) -> NewKeyShape:
    """Makes a successor of the same name, scopes and networks; the old key works on for the overlap.

    Nobody gets a key this way that they could not make. Raises `NoSuchKey`, `KeyEnded`, `ScopeBeyondRights`.
    """
    old = await _own_key(work, key_id)
    if old["replaced_by"] is not None:
        raise KeyEnded
    refuse_past(work, ask.expires_at)
    expires_at = ask.expires_at if "expires_at" in ask.model_fields_set else old["expires_at"]
    like = MakeKey(name=old["name"], scopes=old["scopes"], networks=old["networks"], expires_at=expires_at)
    environment = old["environment"] or environment_here(work)
    successor = await keep_new_key(work, old["account_id"], like, environment, old["scopes"])
    ends = work.now + timedelta(hours=ask.overlap_hours)
    await tables.replace_api_key(work.db, key_id, successor.id, min(ends, old["expires_at"] or ends))
    work.changed(dict(old), {"replaced_by": successor.id})
    await _tell(work, key_id)
    return successor


async def revoke_key(work: Work, key_id: UUID) -> None:
    """Ends a key at once; raises `NoSuchKey`."""
    key = await _own_key(work, key_id, ended=NoSuchKey)
    work.changed(dict(key), {"revoked_at": work.now})
    await tables.revoke_api_key(work.db, key["id"], work.now)
    await _tell(work, key_id)


async def end_keys_of(work: Work, account_id: UUID) -> None:
    """Ends all keys of an account at once."""
    for key in await queries.keys_of_account(work.db, account_id):
        if key["revoked_at"] is None:
            await tables.revoke_api_key(work.db, key["id"], work.now)
            await _tell(work, key["id"])


async def _own_key(work: Work, key_id: UUID, *, ended: type[NoSuchKey | KeyEnded] = KeyEnded) -> asyncpg.Record:
    key = await queries.key_to_change(work.db, key_id)
    if key is None:
        raise NoSuchKey
    if key["account_id"] != work.who.account and not (
        work.who.may(MANAGES_SERVICES) and await queries.service_account(work.db, key["account_id"])
    ):
        raise NoSuchKey
    if key["revoked_at"] is not None:
        raise ended
    return key


async def _tell(work: Work, key_id: UUID) -> None:
    await work.house.changes.tell(work.db, queries.key_subject(key_id), work.now)
