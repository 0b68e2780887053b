"""Ways in to files: send, list, read whole or in part, share by a link, rename, remove; pictures of people."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.core.files import edit, queries
from fourfold.core.files.edit import READ_ALL, EditFile, NoSuchFile, edit_file, own_file, remove_file, seen_file
from fourfold.core.files.link import MakeLink, link_to
from fourfold.core.files.serve import NoSuchVariant, content_of, file_asked_for, variant_of
from fourfold.core.files.shapes import AvatarShape, FileShape, LinkShape
from fourfold.core.files.store import store_avatar, store_file
from fourfold.ground.answers import problems
from fourfold.ground.contents import hand_out
from fourfold.ground.door import may, open_to_all, public, room_router
from fourfold.ground.house import House
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "files")

Reading = Annotated[View, may("core:files:read", opens=View)]
Writing = Annotated[Work, may("core:files:write")]
Sending = Annotated[Desk, may("core:files:write", opens=Desk, rate="costly")]
Expires = Annotated[int | None, Query(ge=0, le=2**40, description="From a link, in seconds since 1970.")]
Signature = Annotated[str | None, Query(max_length=100, description="From a link.")]

_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": {"*/*": {}}},
    206: {"description": "The part that `Range` asks for.", "content": {"*/*": {}}},
    304: {"description": "The caller has it already."},
    **problems(401, 403, 404, 409, 416),
}


def _form(about: str, **fields: dict[str, Any]) -> dict[str, Any]:
    file = {"type": "string", "contentMediaType": "application/octet-stream", "description": about}
    schema = {
        "type": "object", "required": ["file"], "additionalProperties": False, "properties": {"file": file, **fields},
        "examples": [{"file": "bytes"}],
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_PUBLIC = {"type": "string", "enum": ["true", "false"], "default": "false"}


@router.post(
    "/files",
    status_code=201,
    summary="Send a file",
    responses=problems(401, 403),
    openapi_extra=_form("Any kind but SVG.", public=_PUBLIC),
)
async def store_file_here(request: Request, response: Response, desk: Sending) -> FileShape:
    """Stores a file of the caller's. Its type is told by its content; a name or type that says otherwise is refused.

    `public=true` shows it to everybody of the tenant; else its owner, administrators and whoever has a link read it.
    Larger files are sent in parts: see uploads.
    """
    stored = await store_file(desk, request)
    response.headers["Location"] = f"/v1/core/files/{stored.id}"
    return stored


@router.get("/files", summary="List files", responses=problems(401, 403))
async def list_files_here(
    view: Reading,
    owner_id: Annotated[UUID | None, Query(description="For administrators: whose; all when left out.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FileShape]:
    """The caller's files, newest first; administrators see everybody's."""
    owner = owner_id if view.who.may(READ_ALL) else view.who.account
    position = position_of(view, f"files {owner}", cursor)
    rows = await queries.files_page(view.db, owner, UUID(position[0]) if position else None, limit + 1)
    items = [FileShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, f"files {owner}", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/files/{file_id}", summary="Read about a file", responses=problems(401, 403, 404))
async def file_here(file_id: UUID, view: Reading) -> FileShape:
    """One file: its name, type, size, checksum and state."""
    return FileShape.of(await seen_file(view, file_id))


@router.patch("/files/{file_id}", summary="Edit a file", responses=problems(401, 403, 404))
async def edit_file_here(file_id: UUID, ask: EditFile, work: Writing) -> FileShape:
    """Renames a file, or makes it public or private."""
    return await edit_file(work, file_id, ask)


@router.delete("/files/{file_id}", status_code=204, summary="Remove a file", responses=problems(401, 403, 404))
async def remove_file_here(file_id: UUID, work: Writing) -> None:
    """Removes a file, its variants and their bytes; links to it lead nowhere from then on."""
    await remove_file(work, file_id)


@router.post("/files/{file_id}/links", summary="Make a link", responses=problems(401, 403, 404))
async def make_link_here(file_id: UUID, ask: MakeLink, work: Writing) -> LinkShape:
    """An address for reading this file without signing in, for a time of up to a week."""
    row = await seen_file(work, file_id) if work.who.may(READ_ALL) else await own_file(work, file_id)
    work.note("core.files.link_made", f"file:{file_id}", after={"expires_in": ask.expires_in})
    return link_to(work.house, work.who.tenant_id, row["id"], ask)


@router.get("/files/{file_id}/content", summary="Read a file", response_class=Response, responses=_BYTES)
@open_to_all()
async def content_here(
    file_id: UUID, request: Request, expires: Expires = None, signature: Signature = None
) -> Response:
    """The bytes, whole or in part with `Range`, to its owner, by a link, or to everybody when the file is public.

    Kinds that a browser could run are only handed out to be saved.
    """
    house: House = request.app.state.house
    tenant_id, row = await file_asked_for(request, file_id, expires, signature)
    content = content_of(tenant_id, row, expires=expires if signature else None, now=house.clock.now())
    return await hand_out(request, house.storage, content)


@router.head("/files/{file_id}/content", summary="Ask about a file's bytes", response_class=Response, responses=_BYTES)
@open_to_all()
async def content_head_here(
    file_id: UUID, request: Request, expires: Expires = None, signature: Signature = None
) -> Response:
    """The headers that reading the file would give."""
    return await content_here(file_id, request, expires, signature)


@router.get(
    "/files/{file_id}/variants/{width}",
    summary="Read a picture at a width",
    response_class=Response,
    responses={**_BYTES, 200: {"description": "The picture.", "content": {"image/webp": {}, "image/jpeg": {}}}},
)
@open_to_all()
async def variant_here(
    file_id: UUID,
    width: Literal["320", "640", "1280"],
    request: Request,
    form: Annotated[Literal["webp", "jpeg"], Query(alias="format")] = "webp",
    expires: Expires = None,
    signature: Signature = None,
) -> Response:
    """A picture at most so wide, upright, and without what the camera wrote; to whoever may read the file."""
    house: House = request.app.state.house
    tenant_id, row = await file_asked_for(request, file_id, expires, signature)
    until = expires if signature else None
    content = variant_of(tenant_id, row, f"{width}.{form}", expires=until, now=house.clock.now())
    return await hand_out(request, house.storage, content)


@router.get("/me/avatar", summary="Read about my picture", responses=problems(401, 403))
async def my_avatar_here(view: Annotated[View, may("core:me:read", opens=View)]) -> AvatarShape:
    """Whether the caller has a picture, and where it is."""
    row = await queries.avatar_of(view.db, view.who.account)
    return AvatarShape.of(view.who.account, row["variants_status"] if row is not None else None)


@router.put(
    "/me/avatar",
    status_code=202,
    summary="Set my picture",
    responses=problems(401, 403),
    openapi_extra=_form("JPEG, PNG, GIF or WebP, at most 20 MiB and 40 million pixels."),
)
async def set_avatar_here(
    request: Request, response: Response, desk: Annotated[Desk, may("core:me:write", opens=Desk, rate="costly")]
) -> AvatarShape:
    """Takes a picture of the caller: squares of it are made in the background, and the original is not kept."""
    file_id = await store_avatar(desk, request)
    async with desk.work() as work:
        await edit.set_avatar(work, file_id)
    response.headers["Location"] = "/v1/core/me/avatar"
    return AvatarShape.of(desk.who.account, "making")


@router.delete("/me/avatar", status_code=204, summary="Remove my picture", responses=problems(401, 403))
async def remove_avatar_here(work: Annotated[Work, may("core:me:write")]) -> None:
    """Removes the caller's picture, if there is one."""
    await edit.remove_avatar(work)


@router.get(
    "/accounts/{account_id}/avatar",
    summary="Show somebody's picture",
    response_class=Response,
    responses={**_BYTES, 200: {"description": "The picture.", "content": {"image/webp": {}}}},
)
async def avatar_here(
    account_id: UUID,
    request: Request,
    desk: Annotated[Desk, public(opens=Desk)],
    width: Annotated[Literal["64", "128", "256", "512"], Query(description="Pixels on each side.")] = "128",
) -> Response:
    """A square WebP picture of somebody of the tenant, for everybody of the tenant."""
    async with desk.view() as view:
        row = await queries.avatar_of(view.db, account_id)
    if row is None:
        raise NoSuchFile
    if row["variants_status"] != "made":
        raise NoSuchVariant
    content = variant_of(desk.who.tenant_id, row, f"{width}.webp", expires=None, now=desk.now)
    return await hand_out(request, desk.house.storage, content)
