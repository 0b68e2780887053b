"""Rest: whether the worker has done all that is due, so that what is read then is not changed by it a moment later."""

import asyncio

import asyncpg

from fourfold.ground.valkey import open_valkey
from fourfold.serve.worker.labour import kinds_of
from fourfold.serve.worker.react import reactions_of
from fourfold.serve.worker.relay import PARTITIONS, stream_of
from fourfold.services import ALL
from tests.builders.everything import until
from tests.conftest import Running, database_url

# What is told of a paused tenant waits on purpose, and so does a job for later or one that no worker knows.
_IS_DUE = """
SELECT EXISTS (SELECT FROM ground.event WHERE published_at IS NULL AND tenant_id NOT IN (
    SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing')))
  OR EXISTS (SELECT FROM core.audit_waiting WHERE tenant_id IN (SELECT id FROM core.tenant))
  OR EXISTS (SELECT FROM ground.pgqueuer WHERE entrypoint = ANY ($1) AND (status = 'picked' OR execute_after <= now()))
"""
_GROUPS = {f"ff:{service.name}" for service in ALL if reactions_of([service])}


async def is_at_rest(postgres: str, valkey: str) -> bool:
    """Whether nothing waits in outbox and queue, and nothing in the streams; both at the superuser's addresses."""
    return not await _is_on_its_way(valkey) and not await _is_due(postgres) and not await _is_on_its_way(valkey)


async def _is_due(postgres: str) -> bool:
    connection = await asyncpg.connect(postgres)
    try:
        return bool(await connection.fetchval(_IS_DUE, list(kinds_of(ALL))))
    finally:
        await connection.close()


async def _is_on_its_way(valkey: str) -> bool:
    client = open_valkey(valkey)
    try:
        streams = [stream_of(number) for number in range(PARTITIONS)]
        groups = [each for name in streams if await client.exists(name) for each in await client.xinfo_groups(name)]
        return any((each["lag"] or each["pending"]) and each["name"].decode() in _GROUPS for each in groups)
    finally:
        await client.aclose()


def at_rest(running: Running) -> None:
    """Waits until the worker of this test process is at rest."""
    addresses = database_url(running.database), str(running.settings.valkey_url)
    until(lambda: asyncio.run(is_at_rest(*addresses)))
