"""A picture's file is served: whole or in part, also to browsers, which cannot say which tenant they mean."""

from uuid import UUID

from fastapi import Request, Response

from fourfold.commerce.images import queries
from fourfold.commerce.images.edit import NoSuchImage
from fourfold.ground.answers import tag_of
from fourfold.ground.db import transaction
from fourfold.ground.house import House
from fourfold.ground.ranges import span_of
from fourfold.ground.refusals import BadRequest

FOR_EVER = "public, max-age=31536000, immutable"


async def serve_image(request: Request, image_id: UUID, width: int) -> Response:
    """The WebP file of a picture at a width, or the part that `Range` asks for; raises `NoSuchImage`.

    The id cannot be guessed, and says which tenant is meant. A request that names a tenant by itself gets that tenant's
    pictures only.
    """
    house: House = request.app.state.house
    async with transaction(house.pool, None, read_only=True) as db:
        row = await queries.served_file(db, image_id)
    size = row["sizes"].get(str(width)) if row else None
    if row is None or size is None or await _named_tenant(request) not in {None, row["tenant_id"]}:
        raise NoSuchImage
    tag = tag_of("image", image_id, width)
    headers = {"ETag": tag, "Cache-Control": FOR_EVER, "Accept-Ranges": "bytes", "Vary": "X-Tenant, Authorization"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = await house.storage.get(row["tenant_id"], size["key"])
    asked = request.headers.get("range") if request.headers.get("if-range", tag) == tag else None
    if asked is None or "," in asked:
        return Response(content, media_type="image/webp", headers=headers)
    span = span_of(asked, len(content))
    if span is None:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    part = content[span[0] : span[1] + 1]
    headers["Content-Range"] = f"bytes {span[0]}-{span[1]}/{len(content)}"
    return Response(part, 206, media_type="image/webp", headers=headers)


async def _named_tenant(request: Request) -> UUID | None:
    try:
        who = await request.app.state.identify(request)
    except BadRequest as refused:
        if refused.code == "tenant_required":
            return None
        raise
    tenant_id: UUID = who.tenant_id
    return tenant_id
