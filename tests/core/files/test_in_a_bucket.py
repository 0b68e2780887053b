"""The same files in an S3-compatible service: what is promised of a folder holds there."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from fourfold.core.files.jobs import Tidy, tidy_files
from fourfold.core.uploads.finish import ComposeFile, compose_file
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.web.application import build_app
from fourfold.serve.wiring import move_in, move_out, open_house
from fourfold.services import ALL
from tests.builders.buckets import served_bucket
from tests.conftest import Running, Tenant
from tests.core.uploads.test_uploads import PIECE, TUS, described

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a real S3 API with one bucket."""
    with served_bucket() as address:
        yield address


@asynccontextmanager
async def beside(running: Running, address: str, tenant: Tenant) -> AsyncIterator[tuple[httpx.AsyncClient, Desk]]:
    """The application on the same database, with its files in the bucket, and a desk for its background work."""
    settings = running.settings.model_copy(
        update={"storage_url": "s3://bucket/files", "storage_endpoint": address, "postgres_pool": 4}
    )
    house = await open_house(settings, ALL, clock=running.clock)
    app = build_app(settings, ALL, house)
    task = await move_in(app, house, ALL)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://files", headers=tenant.owner.headers) as client:
        yield client, Desk(house, Who.system(tenant.id))  # type: ignore[arg-type]  # a test knows it as text
    await move_out(house, task)


async def test_files_in_a_bucket(running: Running, tenant: Tenant, s3: str) -> None:
    """P-28: a form, pieces by tus, ranges, removal and the search for what was left behind, all by S3's own API."""
    content = os.urandom(17 * MIB + 5)
    sha256 = hashlib.sha256(content).hexdigest()
    async with beside(running, s3, tenant) as (client, desk):
        stored = (await client.post("/v1/core/files", files={"file": ("a.bin", content)})).json()
        assert (stored["status"], stored["sha256"]) == ("ready", sha256)
        part = await client.get(stored["url"], headers={"Range": f"bytes={9 * MIB}-{9 * MIB + 9}"})
        assert (part.status_code, part.content) == (206, content[9 * MIB : 9 * MIB + 10])
        said = {"Upload-Length": str(len(content)), "Upload-Metadata": described("a.bin")}
        path = (await client.post("/v1/core/uploads", headers={**TUS, **said})).headers["location"]
        for at, end in ((0, 9 * MIB), (9 * MIB, len(content))):
            headers = {**TUS, "Content-Type": PIECE, "Upload-Offset": str(at)}
            answer = await client.patch(path, content=content[at:end], headers=headers)
            assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(end))
        location, upload_id = answer.headers["location"], path.rpartition("/")[2]
        await compose_file.act(desk, ComposeFile.model_validate({"file_id": upload_id}))
        assert (await client.get(location)).json()["sha256"] == sha256
        assert (await client.get(f"{location}/content")).content == content
        await tidy_files.act(desk, Tidy())
        assert (await client.get(f"{location}/content")).status_code == 200
        assert (await client.delete(location)).status_code == 204
        assert (await client.get(f"{location}/content")).status_code == 404
