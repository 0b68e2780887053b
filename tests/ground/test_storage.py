"""Object storage: the same promises in a folder and in an S3-compatible service."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fourfold.ground.ids import new_id
from fourfold.ground.settings import load_settings
from fourfold.ground.storage import NoSuchFile, Storage, open_storage
from tests.builders.buckets import served_bucket


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a real S3 API with one bucket."""
    with served_bucket() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Storage of either kind."""
    if request.param == "folder":
        return open_storage(load_settings(home=tmp_path, storage_url=f"file://{tmp_path}/files"))
    address = request.getfixturevalue("s3")
    return open_storage(load_settings(home=tmp_path, storage_url="s3://bucket/files", storage_endpoint=address))


def test_what_is_stored_comes_back(storage: Storage, tmp_path: Path) -> None:
    """P-28: bytes and files go in, come back whole, in parts and as a stream, and are gone when deleted."""
    big = tmp_path / "big"
    big.write_bytes(os.urandom(3_000_000))
    tenant = new_id()

    async def live() -> None:
        await storage.check()
        await storage.put(tenant, "a/small.txt", b"hello", "text/plain")
        await storage.put(tenant, "a/big", big, "application/octet-stream")
        assert await storage.get(tenant, "a/small.txt") == b"hello"
        assert await storage.part(tenant, "a/small.txt", 1, 3) == b"el"
        assert await storage.size(tenant, "a/big") == 3_000_000
        chunks = [chunk async for chunk in storage.stream(tenant, "a/big")]
        assert len(chunks) > 1
        assert b"".join(chunks) == big.read_bytes()
        await storage.delete(tenant, "a/small.txt")
        await storage.delete(tenant, "a/small.txt")
        assert not await storage.exists(tenant, "a/small.txt")

    asyncio.run(live())


def test_what_comes_in_chunks_is_stored_whole(storage: Storage) -> None:
    """P-28: chunks and joined objects are written in parts with their checksum; ranges are streamed; keys listed."""
    tenant, parts = new_id(), [os.urandom(size) for size in (9_000_000, 17, 12_000_000)]
    whole = b"".join(parts)
    told = (len(whole), hashlib.sha256(whole).hexdigest())

    def broken() -> Iterator[bytes]:
        yield whole
        raise ValueError

    async def live() -> None:
        assert await storage.put_chunks(tenant, "in/whole", iter(parts), "application/octet-stream") == told
        for at, part in enumerate(parts):
            await storage.put(tenant, f"parts/{at}", part, "application/octet-stream")
        keys = [f"parts/{at}" for at in range(len(parts))]
        assert await storage.join(tenant, "in/joined", keys, "application/octet-stream") == told
        assert await storage.get(tenant, "in/joined") == whole
        for start, end in ((0, None), (5, None), (8_999_999, 9_000_030), (0, 1)):
            chunks = [chunk async for chunk in storage.stream(tenant, "in/whole", start, end)]
            assert b"".join(chunks) == whole[start:end]
        with pytest.raises(NoSuchFile):
            await storage.join(tenant, "in/other", ["parts/0", "parts/9"], "text/plain")
        with pytest.raises(ValueError, match=r"^$"):
            await storage.put_chunks(tenant, "in/broken", broken(), "text/plain")
        later = datetime.now(UTC) + timedelta(hours=1)
        assert sorted(await storage.keys(tenant, "in", later)) == ["in/joined", "in/whole"]
        assert await storage.keys(tenant, "in", later - timedelta(hours=2)) == []
        assert await storage.keys(new_id(), "in", later) == []

    asyncio.run(live())


def test_tenants_do_not_reach_each_other(storage: Storage) -> None:
    """P-10: a key is looked for under the tenant's own prefix, and cannot climb out of it."""
    mine, theirs = new_id(), new_id()

    async def live() -> None:
        await storage.put(theirs, "secret", b"theirs", "text/plain")
        with pytest.raises(NoSuchFile):
            await storage.get(mine, "secret")
        with pytest.raises(NoSuchFile):
            await storage.part(mine, "secret", 0, 1)
        with pytest.raises(NoSuchFile):
            [chunk async for chunk in storage.stream(mine, "secret")]
        for key in (f"../{theirs}/secret", f"/{theirs}/secret", f"a/../../{theirs}/secret"):
            with pytest.raises(ValueError, match="not a storage key"):
                await storage.get(mine, key)

    asyncio.run(live())
