"""A file is handed out: to its owner, to everybody when it is public, or by a link."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request

from fourfold.core.files import queries
from fourfold.core.files.edit import NoSuchFile, is_seen
from fourfold.core.files.kinds import SHOWN
from fourfold.core.files.link import tenant_in
from fourfold.core.files.rules import disposition
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.contents import Content
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Conflict, NotFound
from fourfold.ground.who import Who
from fourfold.ground.work import look

READ = "core:files:read"


class NotReady(Conflict):
    """409: the file is still being put together."""

    code = "core.file_not_ready"
    title = "The file is still being put together"


class NoSuchVariant(NotFound):
    """404: the picture is not there in this width, or not yet."""

    code = "core.no_such_variant"


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
    kind = row["content_type"]
    called = disposition(row["name"], shown=kind in SHOWN)
    return Content(tenant_id, row["key"], row["size"], row["sha256"], kind, called, _cached(row, expires, now))


def variant_of(tenant_id: UUID, row: asyncpg.Record, name: str, *, expires: int | None, now: datetime) -> Content:
    """A picture at a width, `<width>.<webp or jpeg>`; raises `NoSuchVariant`."""
    made = row["variants"].get(name)
    if made is None:
        raise NoSuchVariant
    kind = f"image/{name.partition('.')[2]}"
    called = disposition(f"{row['name'].rpartition('.')[0] or row['name']}-{name}", shown=kind in SHOWN)
    return Content(tenant_id, made["key"], made["size"], made["sha256"], kind, called, _cached(row, expires, now))


def _cached(row: asyncpg.Record, expires: int | None, now: datetime) -> str:
    if expires is not None:
        return f"private, max-age={max(0, min(3600, expires - int(now.timestamp())))}"
    if row["public"]:
        return "public, max-age=300"
    return "private, max-age=300" if row["purpose"] == "avatar" else "private, no-cache"
