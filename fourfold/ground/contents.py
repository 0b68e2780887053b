"""Stored content is handed out over HTTP: whole or in part, in chunks, and not again to whoever has it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from fourfold.ground.ranges import span_of
from fourfold.ground.refusals import Refusal
from fourfold.ground.storage import Storage

# Whatever a file holds: opened by itself it runs nothing, loads nothing, and is of no origin.
SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


class NotInRange(Refusal):
    """416: none of the bytes that were asked for are there."""

    status, code, title = 416, "not_in_range", "None of the bytes that were asked for are there"


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes in storage, and how they are handed out: `disposition` and `cached` are the headers that say so."""

    tenant_id: UUID
    key: str
    size: int
    sha256: str
    content_type: str
    disposition: str
    cached: str


async def hand_out(request: Request, storage: Storage, content: Content) -> Response:
    """The content, or the part that `Range` asks for: 200, 206 or 304 (RFC 9110, 13 and 14); raises `NotInRange`."""
    tag = f'"{content.sha256}"'
    headers = {
        "ETag": tag, "Cache-Control": content.cached, "Accept-Ranges": "bytes", "Vary": "X-Tenant, Authorization",
        "Content-Disposition": content.disposition, "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
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
