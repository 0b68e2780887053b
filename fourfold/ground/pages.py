"""Pages: lists by cursor, stable under inserts; a cursor is sealed for one tenant and one list."""

import base64
import hmac
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from fourfold.ground.parcel import Parcel
from fourfold.ground.refusals import BadRequest

Item = TypeVar("Item")
SEAL_BYTES = 12


class BadCursor(BadRequest):
    """400: the cursor was not made by this list, for this tenant."""

    code = "bad_cursor"
    title = "The cursor does not belong here"


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The items of this page.")
    next: str | None = Field(None, description="The cursor of the next page; null at the end.")


Limit = Annotated[int, Query(ge=1, le=100, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="The `next` of the page before.")]


def _seal(view: Parcel, purpose: str, body: bytes) -> bytes:
    # Keyed by the hash itself, which costs a third of an HMAC: each page of each list pays for it.
    key = _key_of(view.house.settings.secret.get_secret_value())
    text = b"\x00".join((view.who.tenant_id.bytes, purpose.encode(), body))
    return blake2b(text, digest_size=SEAL_BYTES, key=key, person=b"cursor").digest()


@lru_cache(8)
def _key_of(secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=32).digest()


def cursor_for(view: Parcel, purpose: str, position: list[Any]) -> str:
    """A cursor that points behind `position` (JSON values) in the list named `purpose`."""
    body = orjson.dumps(position)
    return base64.urlsafe_b64encode(_seal(view, purpose, body) + body).decode().rstrip("=")


def position_of(view: Parcel, purpose: str, cursor: str | None) -> list[Any] | None:
    """The position in a cursor, None without one; raises `BadCursor` for any that was not made here."""
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as problem:
        raise BadCursor from problem
    seal, body = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(view, purpose, body)):
        raise BadCursor
    position = orjson.loads(body)
    return list(position)
