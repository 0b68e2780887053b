"""Servers are killed under a working worker, and their supervisor starts them again."""

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from fourfold.ground.addresses import address_of
from fourfold.migrations.run import migrate
from fourfold.serve.supervisor.supervise import servers_apart
from tests.serve.deployment import record_of
from tests.serve.workshop import Line, Workshop, add, eventually, noted, open_workshop, walk

pytestmark = pytest.mark.faults


async def make_template(admin: str) -> None:
    connection = await asyncpg.connect(admin)
    await connection.execute("CREATE DATABASE fourfold_template")
    await connection.close()
    await migrate(address_of(admin, role="postgres", database="fourfold_template"))


async def insist(workshop: Workshop, value: int) -> None:
    """Commits an event and a job, again and again until it is certain that they are committed."""
    for _ in range(200):
        try:
            await workshop.tell(noted(value))
            await workshop.enqueue(add, Line(value=value))
        except Exception:  # noqa: BLE001 - the server has just been killed
            await asyncio.sleep(0.1)
        else:
            return


@pytest.mark.parametrize("server", ["valkey", "postgres"])
async def test_a_killed_server_costs_nothing(home: Path, server: str) -> None:
    """P-27: `kill -9` of a server under load: every event and job that was committed is handled, none twice."""
    with servers_apart(home) as servers:
        await make_template(servers.urls["postgres"])
        async with open_workshop(home, servers.urls) as workshop, workshop.worker():
            long = await workshop.enqueue(walk, Line(value=1, seconds=2))
            for value in range(60):
                await insist(workshop, value)
                if value in {20, 40}:
                    # The second time it may still be starting again.
                    os.kill(await eventually(lambda: _pid_of(home, server)), signal.SIGKILL)
            await eventually(lambda: _is_done(workshop, long), 60)
            assert set(await workshop.lines("first", 60)) == set(range(60))
            assert set(await workshop.lines("second", 60)) == set(range(60))
            assert set(await workshop.lines("add", 60)) == set(range(60))
            told = await workshop.rows("SELECT count(*) AS told FROM ground.event")
            assert len(await workshop.lines("first", 60)) == told[0]["told"]


async def _pid_of(home: Path, server: str) -> int:
    return record_of(home).children[server].pid or 0


async def _is_done(workshop: Workshop, job_id: object) -> bool:
    try:
        waiting = await workshop.rows(
            "SELECT FROM ground.job WHERE status <> 'done' UNION ALL"
            " SELECT FROM ground.event e WHERE NOT EXISTS (SELECT FROM ground.inbox i WHERE i.event_id = e.id"
            " AND i.reaction = 'shop.notes.second')"
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return not waiting
