"""Object storage: files by key under a tenant's prefix, in a folder or in an S3-compatible service."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from fourfold.ground.refusals import NotFound
from fourfold.ground.settings import Settings

if TYPE_CHECKING:
    from obstore import Attributes, GetOptions
    from obstore.store import S3Config

CHECK = "doctor/check"
CHUNK = 1_048_576
# What is written in parts is held in memory by so many of them at once.
PART, PARTS_AT_ONCE = 8 * CHUNK, 2


class NoSuchFile(NotFound):
    """404: nothing is stored under the key."""

    code = "files.no_such_file"


@dataclass(frozen=True, slots=True)
class Storage:
    """Objects of tenants: every key is put under the tenant's own prefix, so no key reaches another tenant's.

    The library's own async calls are left alone: a callback that arrives while Python ends aborts the process.
    """

    store: ObjectStore
    folder: Path | None = None

    async def put(self, tenant: UUID, key: str, content: bytes | Path, content_type: str) -> None:
        """Stores bytes, or a file from disk without reading it whole, under the key; replaces what was there."""
        await asyncio.to_thread(self._put, _path(tenant, key), content, content_type)

    async def put_chunks(self, tenant: UUID, key: str, chunks: Iterable[bytes], content_type: str) -> tuple[int, str]:
        """Stores what is iterated, in another thread and never whole in memory; gives size and SHA-256 in hex.

        An exception of the iterator leaves nothing under the key, or what was there.
        """
        path = _path(tenant, key)

        def write() -> tuple[int, str]:
            digest, size = hashlib.sha256(), 0
            # Not by handing over the iterator: the library would run it where its own calls cannot be made.
            with obstore.open_writer(
                self.store, path, attributes=self._attributes(content_type), buffer_size=PART,
                max_concurrency=PARTS_AT_ONCE,
            ) as writer:  # fmt: skip
                for chunk in chunks:
                    digest.update(chunk)
                    size += writer.write(chunk)
            self._sync(path)
            return size, digest.hexdigest()

        return await asyncio.to_thread(write)

    async def join(self, tenant: UUID, key: str, keys: Sequence[str], content_type: str) -> tuple[int, str]:
        """Stores the objects one behind the other as a new one; gives size and SHA-256; raises `NoSuchFile`."""

        def chunks() -> Iterator[bytes]:
            for each in keys:
                for chunk in obstore.get(self.store, _path(tenant, each)).stream(min_chunk_size=CHUNK):
                    yield bytes(chunk)

        try:
            return await self.put_chunks(tenant, key, chunks(), content_type)
        except FileNotFoundError as problem:
            raise NoSuchFile from problem

    def _put(self, path: str, content: bytes | Path, content_type: str) -> None:
        attributes = self._attributes(content_type)
        obstore.put(self.store, path, content, attributes=attributes, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        self._sync(path)

    def _attributes(self, content_type: str) -> "Attributes | None":
        return {"Content-Type": content_type} if isinstance(self.store, S3Store) else None

    def _sync(self, path: str) -> None:
        """Waits for the disk: what a service answers for is on its disks, in a folder it is for us to ask for that."""
        if self.folder is None:
            return
        for each, flags in ((self.folder / path, 0), ((self.folder / path).parent, os.O_DIRECTORY)):
            descriptor = os.open(each, os.O_RDONLY | flags)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

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

    async def stream(self, tenant: UUID, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The content, or the bytes from `start` up to and without `end`, in chunks of about a megabyte.

        Raises `NoSuchFile` instead of the first.
        """
        options: GetOptions = {"range": {"offset": start} if end is None else (start, end)}
        try:
            answer = await asyncio.to_thread(
                obstore.get, self.store, _path(tenant, key), options=options if start or end is not None else None
            )
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

    async def keys(self, tenant: UUID, prefix: str, older_than: datetime) -> list[str]:
        """The tenant's keys below a folder whose objects were written before that, by the storage's own clock."""

        def listed() -> list[str]:
            top = f"{tenant}/"
            return [
                each["path"].removeprefix(top)
                for some in obstore.list(self.store, prefix=_path(tenant, prefix), chunk_size=1000)
                for each in some
                if each["last_modified"] < older_than
            ]

        return await asyncio.to_thread(listed)

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
    return Storage(LocalStore(path), path)
