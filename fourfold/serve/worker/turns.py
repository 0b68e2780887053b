"""Turns: advisory locks on a connection outside of the pool, for what only one worker at a time may do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Any, Protocol
from zlib import crc32

import asyncpg
import orjson

from fourfold.ground.house import House


class Turn(IntEnum):
    """What there are turns for: the first half of an advisory lock's key."""

    RELAY = 4_044_001
    LANE = 4_044_002
    PRESENT = 4_044_003
    JOB = 4_044_004
    CARRIER = 4_044_005


class Session(Protocol):
    """What holds turns: a connection, or whatever hands on to one."""

    def fetch(self, query: str, *args: Any) -> Awaitable[Sequence[Any]]:
        """Runs a query."""

    def execute(self, query: str, *args: Any) -> Awaitable[str]:
        """Runs a statement."""


def key_of(name: str) -> int:
    """The second half of the key, a signed number of 32 bits."""
    return crc32(name.encode()) - 2**31


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


@asynccontextmanager
async def own_connection(house: House, name: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the worker's role. Its end, however it comes, gives back every turn that was taken on it."""
    connection = await asyncpg.connect(
        house.settings.postgres_worker_url or house.settings.postgres_url,
        timeout=10,
        command_timeout=30,
        server_settings={
            "application_name": f"fourfold {name}",
            "search_path": "ground, public",
            "timezone": "UTC",
            "statement_timeout": "20s",
            "lock_timeout": "8s",
            "idle_in_transaction_session_timeout": "60s",
            "jit": "off",
        },
    )
    try:
        # The queue's library reads its own column through this: the pool that writes it has such a codec.
        await connection.set_type_codec("jsonb", encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")
        yield connection
    finally:
        try:
            await asyncio.shield(connection.close(timeout=2))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()


async def take(db: Session, turn: Turn, name: str = "") -> bool:
    """Takes a turn, unless another session has it."""
    rows = await db.fetch("SELECT pg_try_advisory_lock($1, $2) AS taken", int(turn), key_of(name))
    return bool(rows[0]["taken"])


async def give_back(db: Session, turn: Turn, name: str = "") -> None:
    """Lets others have the turn."""
    await db.execute("SELECT pg_advisory_unlock($1, $2)", int(turn), key_of(name))


async def be_present(db: Session, name: str) -> None:
    """Lets others count this session in, for as long as it lives."""
    await db.execute("SELECT pg_advisory_lock_shared($1, $2)", int(Turn.PRESENT), key_of(name))


async def count_present(db: Session, name: str) -> int:
    """How many sessions are present under this name."""
    rows = await db.fetch(
        "SELECT count(DISTINCT pid) AS count FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint = $1 AND objid::bigint = $2",
        int(Turn.PRESENT), key_of(name) % 2**32,
    )  # fmt: skip
    return int(rows[0]["count"])
