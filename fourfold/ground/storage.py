"""Object storage: files by key under a tenant's prefix, in a folder or in an S3-compatible service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from fourfold.ground.refusals import NotFound
from fourfold.ground.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

CHECK = "doctor/check"
CHUNK = 1_048_576


class NoSuchFile(NotFound):
    """404: nothing is stored under the key."""

    code = "files.no_such_file"


@dataclass(frozen=True, slots=True)
class Storage:
    """Objects of tenants: every key is put under the tenant's own prefix, so no key reaches another tenant's.

    The library's own async calls are left alone: a callback that arrives while Python ends aborts the process.
    """

    store: ObjectStore

    async def put(self, tenant: UUID, key: str, content: bytes | Path, content_type: str) -> None:
        """Stores bytes, or a file from disk without reading it whole, under the key; replaces what was there."""
        attributes = {"Content-Type": content_type} if isinstance(self.store, S3Store) else None
        await asyncio.to_thread(obstore.put, self.store, _path(tenant, key), content, attributes=attributes)

    async def get(self, tenant: UUID, key: str) -> bytes:
        """The whole content; raises `NoSuchFile`."""

        def read() -> bytes:
            return bytes(obstore.get(self.store, _path(tenant, key)).bytes())

        try:
            return await asyncio.to_thread(read)
        except FileNotFoundError as problem:
            raise NoSuchFile from problem

    async def part(self, tenant: UUID, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to and without `end`; raises `NoSuchFile`."""
        try:
            return bytes(
                await asyncio.to_thread(obstore.get_range, self.store, _path(tenant, key), start=start, end=end)
            )
        except FileNotFoundError as problem:
            raise NoSuchFile from problem

    async def stream(self, tenant: UUID, key: str) -> AsyncIterator[bytes]:
        """The content in chunks of about a megabyte; raises `NoSuchFile` instead of the first."""
        try:
            answer = await asyncio.to_thread(obstore.get, self.store, _path(tenant, key))
        except FileNotFoundError as problem:
            raise NoSuchFile from problem
        chunks = iter(answer.stream(min_chunk_size=CHUNK))
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield bytes(chunk)

    async def size(self, tenant: UUID, key: str) -> int | None:
        """How many bytes are stored under the key; None when nothing is."""
        try:
            return int((await asyncio.to_thread(obstore.head, self.store, _path(tenant, key)))["size"])
        except FileNotFoundError:
            return None

    async def exists(self, tenant: UUID, key: str) -> bool:
        """Whether something is stored under the key."""
        return await self.size(tenant, key) is not None

    async def delete(self, tenant: UUID, key: str) -> None:
        """Removes the object; nothing happens when there is none."""
        if await self.exists(tenant, key):
            await asyncio.to_thread(obstore.delete, self.store, _path(tenant, key))

    async def check(self) -> None:
        """Writes, reads and removes a small object; raises whatever goes wrong."""

        def try_all() -> None:
            obstore.put(self.store, CHECK, b"ok")
            obstore.get(self.store, CHECK).bytes()
            obstore.delete(self.store, CHECK)

        await asyncio.to_thread(try_all)


def _path(tenant: UUID, key: str) -> str:
    if key.startswith("/") or ".." in key.split("/"):
        reason = f"not a storage key: {key!r}"
        raise ValueError(reason)
    return f"{tenant}/{key}"


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name; a folder in the data folder when they name none."""
    if settings.storage_url is None:
        return _folder(settings.home / "files")
    url = urlsplit(settings.storage_url)
    if url.scheme == "file":
        return _folder(Path(url.path))
    config: S3Config = {"region": settings.storage_region}
    if settings.storage_endpoint:
        config["endpoint"] = settings.storage_endpoint
    plain = (settings.storage_endpoint or "").startswith("http://")
    return Storage(
        S3Store(url.netloc, prefix=url.path.strip("/") or None, config=config, client_options={"allow_http": plain})
    )


def _folder(path: Path) -> Storage:
    path.mkdir(parents=True, exist_ok=True)
    return Storage(LocalStore(path))
