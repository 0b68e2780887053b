"""More of an upload comes: each part is in the storage before the position moves, so that nothing told is ever lost."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
from fastapi import Request
from starlette.requests import ClientDisconnect

from fourfold.core.uploads import queries, tables
from fourfold.core.uploads.create import LIVES, own_upload
from fourfold.core.uploads.finish import FinishUpload, finish_upload
from fourfold.core.uploads.rules import MOST_PARTS, Checksum, checksum_in
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import BadRequest, Conflict, Refusal, TooLarge, UnsupportedType
from fourfold.ground.storage import PART
from fourfold.ground.work import Desk

PIECE = "application/offset+octet-stream"
# So long the process that took the last part has for making a file of it.
PATIENCE = timedelta(seconds=5)


class OffsetRequired(BadRequest):
    """400: a part says where it belongs."""

    code = "core.upload_offset_required"
    title = "Say by Upload-Offset where the bytes belong"


class BadChecksum(BadRequest):
    """400: no checksum of a kind that is understood."""

    code = "core.bad_upload_checksum"
    title = "Upload-Checksum is `sha256` or `sha1`, a space, and the digest as Base64"


class OtherOffset(Conflict):
    """409: the upload has come to another place than the request says; another request may be at work on it."""

    code = "core.other_upload_offset"
    title = "The upload has come to another place: ask by HEAD, and go on from there"


class TooManyParts(Conflict):
    """409: the upload came in crumbs."""

    code = "core.too_many_parts"
    title = f"An upload has at most {MOST_PARTS} parts: begin again, and send larger ones"


class BeyondTheEnd(TooLarge):
    """413: more bytes than were announced."""

    code = "core.beyond_the_end"
    title = "These are more bytes than the upload was said to have"


class ChecksumMismatch(Refusal):
    """460: the bytes that arrived are not those that were sent; none of them is kept."""

    status, code, title = 460, "core.checksum_mismatch", "The bytes that arrived are not those that were sent"


@dataclass(slots=True)
class _Receipt:
    """One request's bytes on their way into the storage.

    With a checksum the position moves once, at the end; without one it moves with each part, so that a long request
    that breaks off has not been for nothing.
    """

    desk: Desk
    upload: asyncpg.Record
    checksum: Checksum | None
    told: int
    stored: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def position(self) -> int:
        """Up to where bytes are in the storage."""
        return self.stored[-1][0] + self.stored[-1][1] if self.stored else self.told

    async def keep(self, piece: bytes) -> None:
        """Stores a part, and tells of it unless a checksum is awaited."""
        upload_id: UUID = self.upload["id"]
        start = self.position
        key = f"core/uploads/{upload_id}/{start:016d}-{new_id().hex}"
        await self.desk.house.storage.put(self.desk.who.tenant_id, key, piece, PIECE)
        self.stored.append((start, len(piece), key))
        if self.checksum is None:
            await self.tell()

    async def tell(self) -> None:
        """Moves the position behind what is stored; raises `OtherOffset` when somebody else has moved it."""
        if self.position == self.told:
            return
        async with self.desk.work() as work:
            moved = await tables.move_on(work.db, self.upload["id"], self.told, self.position, work.now + LIVES)
            if moved:
                parts = [part for part in self.stored if part[0] >= self.told]
                await tables.insert_parts(work.db, work.who.tenant_id, self.upload["id"], parts)
            if moved and self.position == self.upload["size"]:
                # Should this process die before it has made a file of it, a worker does.
                ask = FinishUpload(upload_id=self.upload["id"])
                work.later(finish_upload, ask, at=work.now + PATIENCE, once=f"core.uploads.finish:{self.upload['id']}")
        if not moved:
            await self.drop()
            raise OtherOffset
        self.told = self.position

    async def drop(self) -> None:
        """Removes what is stored and was not told."""
        for start, _, key in self.stored:
            if start >= self.told:
                await self.desk.house.storage.delete(self.desk.who.tenant_id, key)


async def receive(desk: Desk, upload_id: UUID, request: Request, offset: int | None, checksum: str | None) -> int:
    """Takes the bytes of a request from its offset on; gives the position behind them. Raises any of the above."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE:
        raise UnsupportedType(f"Send this as {PIECE}.")
    awaited = checksum_in(checksum) if checksum is not None else None
    if checksum is not None and awaited is None:
        raise BadChecksum
    if offset is None:
        raise OffsetRequired
    async with desk.view() as view:
        upload = await own_upload(view, upload_id)
        count = await queries.parts_count(view.db, upload_id)
    if offset != upload["position"]:
        raise OtherOffset
    if count >= MOST_PARTS:
        raise TooManyParts
    if offset + int(request.headers.get("content-length") or 0) > upload["size"]:
        raise BeyondTheEnd
    receipt = _Receipt(desk, upload, awaited, offset)
    digest = await _take(receipt, request)
    if awaited is not None and digest != awaited.digest:
        await receipt.drop()
        raise ChecksumMismatch
    await receipt.tell()
    return receipt.position


async def _take(receipt: _Receipt, request: Request) -> bytes:
    summed = hashlib.new(receipt.checksum.algorithm if receipt.checksum else "sha256", usedforsecurity=False)
    left, piece = receipt.upload["size"] - receipt.position, bytearray()
    try:
        async for chunk in request.stream():
            left -= len(chunk)
            if left < 0:
                raise BeyondTheEnd
            if receipt.checksum is not None:
                summed.update(chunk)
            piece += chunk
            if len(piece) >= PART:
                await receipt.keep(bytes(piece))
                piece.clear()
    except ClientDisconnect:
        # What has come counts, so that the next request has less to send; a sum over a part of it says nothing.
        if receipt.checksum is not None:
            await receipt.drop()
            return b""
    except Refusal:
        await receipt.drop()
        raise
    if piece:
        await receipt.keep(bytes(piece))
    return summed.digest()
