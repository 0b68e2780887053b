"""Ways in to uploads that can be resumed: the tus protocol 1.0 with creation, checksum, expiration and termination."""

from collections.abc import MutableMapping
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from starlette.types import Message, Receive, Scope, Send

from fourfold.core.uploads.create import create_upload, end_upload, own_upload
from fourfold.core.uploads.finish import finish
from fourfold.core.uploads.receive import PIECE, receive
from fourfold.core.uploads.rules import CHECKSUMS, EXTENSIONS, TUS
from fourfold.ground.answers import problems
from fourfold.ground.door import DoorRoute, may, open_to_all
from fourfold.ground.house import House
from fourfold.ground.refusals import PreconditionFailed, Refusal
from fourfold.ground.work import Desk, View, Work

PERMISSION = "core:files:write"

Metadata = Annotated[
    str, Header(alias="Upload-Metadata", max_length=4096, description="`filename`, `filetype`, `public`, with Base64.")
]
Length = Annotated[int | None, Header(alias="Upload-Length", ge=0, le=2**50, description="Bytes of the whole file.")]
Offset = Annotated[int | None, Header(alias="Upload-Offset", ge=0, le=2**50, description="Where the bytes belong.")]
Sum = Annotated[str | None, Header(alias="Upload-Checksum", max_length=200, description="`sha256` and its Base64.")]


class OtherVersion(PreconditionFailed):
    """412: the request is not of the version of the protocol that is spoken here."""

    code = "core.other_tus_version"
    title = f"Send Tus-Resumable: {TUS}"


class TusRoute(DoorRoute):
    """A route whose every answer says which version of the protocol it speaks, refusals too."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request whose path is this route's."""

        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"tus-resumable", TUS.encode())]
            await send(message)

        try:
            await super().handle(scope, receive, send_with_version)
        except Refusal as refusal:
            refusal.headers.setdefault("Tus-Resumable", TUS)
            raise


router = APIRouter(prefix="/v1/core", tags=["uploads"], route_class=TusRoute)


# Declared here and not as a parameter: who speaks another version gets 412, as the protocol has it, and not 422.
_SPOKEN: dict[str, Any] = {
    "parameters": [
        {
            "name": "Tus-Resumable",
            "in": "header",
            "required": True,
            "description": "The version of the protocol.",
            "schema": {"type": "string", "enum": [TUS]},
        }
    ]
}


def _must_speak_tus(request: Request) -> None:
    if request.headers.get("tus-resumable") != TUS:
        raise OtherVersion(headers={"Tus-Version": TUS})


def _expiry(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _done(headers: MutableMapping[str, str], upload_id: UUID, position: int, size: int) -> None:
    headers["Upload-Offset"] = str(position)
    if position == size:
        headers["Location"] = f"/v1/core/files/{upload_id}"


@router.options(
    "/uploads", status_code=204, summary="Ask what is spoken", response_class=Response, responses=problems()
)
@open_to_all()
async def options_here(request: Request) -> Response:
    """The version of the protocol, its extensions, and how many bytes a file may have."""
    house: House = request.app.state.house
    headers = {
        "Tus-Version": TUS, "Tus-Extension": EXTENSIONS, "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        "Tus-Max-Size": str(house.settings.resumable_limit),
    }  # fmt: skip
    return Response(status_code=204, headers=headers)


@router.post(
    "/uploads",
    status_code=201,
    summary="Begin an upload",
    response_class=Response,
    responses=problems(401, 403, 412),
    openapi_extra=_SPOKEN,
)
async def create_upload_here(
    request: Request, work: Annotated[Work, may(PERMISSION)], length: Length = None, metadata: Metadata = ""
) -> Response:
    """Begins a file of the caller's that is sent in parts; `Location` is where they are sent, within a day."""
    _must_speak_tus(request)
    upload_id, expires_at = await create_upload(work, length, metadata)
    headers = {"Location": f"/v1/core/uploads/{upload_id}", "Upload-Offset": "0", "Upload-Expires": _expiry(expires_at)}
    return Response(status_code=201, headers=headers)


@router.head(
    "/uploads/{upload_id}",
    summary="Ask how far an upload has come",
    response_class=Response,
    responses=problems(401, 403, 404, 412),
    openapi_extra=_SPOKEN,
)
async def upload_here(
    upload_id: UUID, request: Request, view: Annotated[View, may(PERMISSION, opens=View)]
) -> Response:
    """`Upload-Offset` says where to go on; once all has come, `Location` is the file."""
    _must_speak_tus(request)
    row = await own_upload(view, upload_id)
    headers = {"Upload-Length": str(row["size"]), "Upload-Expires": _expiry(row["expires_at"])}
    _done(headers, upload_id, row["position"], row["size"])
    return Response(headers=headers)


_PIECE: dict[str, Any] = {
    **_SPOKEN,
    "requestBody": {"required": True, "content": {PIECE: {"schema": {"type": "string", "format": "binary"}}}},
}


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    summary="Send more of an upload",
    response_class=Response,
    responses=problems(401, 403, 404, 409, 412, 460),
    openapi_extra=_PIECE,
)
async def receive_here(
    upload_id: UUID,
    request: Request,
    desk: Annotated[Desk, may(PERMISSION, opens=Desk)],
    offset: Offset = None,
    checksum: Sum = None,
) -> Response:
    """Takes bytes from `Upload-Offset` on. What is told as come is kept, whatever happens to any process.

    When all has come, `Location` is the file: ready at once, or `composing` until its parts are put together.
    """
    _must_speak_tus(request)
    position = await receive(desk, upload_id, request, offset, checksum)
    await finish(desk, upload_id)
    async with desk.view() as view:
        row = await own_upload(view, upload_id)
    headers = {"Upload-Expires": _expiry(row["expires_at"])}
    _done(headers, upload_id, position, row["size"])
    return Response(status_code=204, headers=headers)


@router.delete(
    "/uploads/{upload_id}",
    status_code=204,
    summary="End an upload",
    responses=problems(401, 403, 404, 409, 412),
    openapi_extra=_SPOKEN,
)
async def end_upload_here(upload_id: UUID, request: Request, work: Annotated[Work, may(PERMISSION)]) -> None:
    """Forgets an upload and what has come of it; a file that it has become stays."""
    _must_speak_tus(request)
    await end_upload(work, upload_id)
