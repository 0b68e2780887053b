"""A file is handed out: to its owner, to everybody when it is public, or by a link; whole or in part, in chunks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from fourfold.core.files import queries
from fourfold.core.files.edit import NoSuchFile, is_seen
from fourfold.core.files.kinds import SHOWN
from fourfold.core.files.link import tenant_in
from fourfold.core.files.rules import disposition
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.house import House
from fourfold.ground.ranges import span_of
from fourfold.ground.refusals import BadRequest, Conflict, NotFound, Refusal
from fourfold.ground.storage import Storage
from fourfold.ground.who import Who
from fourfold.ground.work import look

READ = "core:files:read"
# Whatever a file holds: opened by itself it runs nothing, loads nothing, and is of no origin.
SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


class NotReady(Conflict):
    """409: the file is still being put together."""

    code = "core.file_not_ready"
    title = "The file is still being put together"


class NoSuchVariant(NotFound):
    """404: the picture is not there in this width, or not yet."""

    code = "core.no_such_variant"


class NotInRange(Refusal):
    """416: none of the bytes that were asked for are there."""

    status, code, title = 416, "core.not_in_range", "None of the bytes that were asked for are there"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes in storage, and how they are handed out."""

    tenant_id: UUID
    key: str
    size: int
    sha256: str
    content_type: str
    name: str
    cached: str


async def file_asked_for(request: Request, file_id: UUID, expires: int | None, signature: str | None) -> Any:
    """Tenant and row of the file that the request may read; raises `NoSuchFile` for bad links and foreign files."""
    house: House = request.app.state.house
    who = await _by_link(request, file_id, expires, signature) if signature is not None else None
    if who is None:
        who = await request.app.state.identify(request)
        if who.kind != "anonymous":
            who.must(READ)
        is_open = False
    else:
        is_open = True
    async with look(house, who) as view:
        row = await queries.file_with_id(view.db, file_id)
    if row is None or not (is_open or is_seen(who, row)):
        raise NoSuchFile
    return who.tenant_id, row


async def _by_link(request: Request, file_id: UUID, expires: int | None, signature: str) -> Who:
    house: House = request.app.state.house
    tenant_id = tenant_in(house, file_id, expires or 0, signature)
    tenant = await tenant_with_id(house.pool, tenant_id) if tenant_id is not None else None
    if tenant_id is None or tenant is None or tenant["status"] != "active":
        raise NoSuchFile
    try:
        named = (await request.app.state.identify(request)).tenant_id
    except BadRequest as refused:
        if refused.code != "tenant_required":
            raise
        named = tenant_id
    if named != tenant_id:
        raise NoSuchFile
    return Who.system(tenant_id, tenant["slug"])


def content_of(tenant_id: UUID, row: asyncpg.Record, *, expires: int | None, now: datetime) -> Content:
    """The file itself; raises `NotReady`."""
    if row["status"] != "ready":
        raise NotReady
    return Content(
        tenant_id, row["key"], row["size"], row["sha256"], row["content_type"], row["name"], _cached(row, expires, now)
    )


def variant_of(tenant_id: UUID, row: asyncpg.Record, name: str, *, expires: int | None, now: datetime) -> Content:
    """A picture at a width, `<width>.<webp or jpeg>`; raises `NoSuchVariant`."""
    made = row["variants"].get(name)
    if made is None:
        raise NoSuchVariant
    kind = name.partition(".")[2]
    shown = f"{row['name'].rpartition('.')[0] or row['name']}-{name}"
    return Content(
        tenant_id, made["key"], made["size"], made["sha256"], f"image/{kind}", shown, _cached(row, expires, now)
    )


def _cached(row: asyncpg.Record, expires: int | None, now: datetime) -> str:
    if expires is not None:
        return f"private, max-age={max(0, min(3600, expires - int(now.timestamp())))}"
    if row["public"]:
        return "public, max-age=300"
    return "private, max-age=300" if row["purpose"] == "avatar" else "private, no-cache"


async def hand_out(request: Request, storage: Storage, content: Content) -> Response:
    """The content, or the part that `Range` asks for: 200, 206 or 304 (RFC 9110, 13 and 14); raises `NotInRange`."""
    tag = f'"{content.sha256}"'
    headers = {
        "ETag": tag, "Cache-Control": content.cached, "Accept-Ranges": "bytes", "Vary": "X-Tenant, Authorization",
        "Content-Disposition": disposition(content.name, shown=content.content_type in SHOWN),
        "Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    if tag in request.headers.get("if-none-match", "") or request.headers.get("if-none-match") == "*":
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range") if request.headers.get("if-range", tag) == tag else None
    is_part = asked is not None and asked.lower().startswith("bytes=") and "," not in asked and request.method == "GET"
    span = span_of(asked, content.size) if is_part else (0, content.size - 1)
    if span is None:
        raise NotInRange(headers={"Content-Range": f"bytes */{content.size}"})
    if is_part:
        headers["Content-Range"] = f"bytes {span[0]}-{span[1]}/{content.size}"
    headers["Content-Length"] = str(span[1] + 1 - span[0])
    if request.method == "HEAD":
        return Response(headers=headers, media_type=content.content_type)
    chunks = storage.stream(content.tenant_id, content.key, span[0], span[1] + 1)
    # The first is asked for here, so that a missing object is told of and not a broken answer.
    first = await anext(chunks)
    return StreamingResponse(_rest(first, chunks), 206 if is_part else 200, headers, content.content_type)


async def _rest(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in chunks:
        yield chunk
