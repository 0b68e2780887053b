"""Patience: telling a server that is away from a mistake, resting, starting again, and which tenants are paused."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from uuid import UUID

import asyncpg
from redis.exceptions import ConnectionError as ValkeyGone
from redis.exceptions import MasterDownError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as ValkeySilent

from fourfold.ground.again import TryAgain
from fourfold.ground.db import AWAY
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.refusals import Unavailable

SHORTEST_REST, LONGEST_REST = 0.1, 5.0
HEALTHY_AFTER = 30.0
ANSWER_WITHIN = 2.0

_VALKEY_AWAY = (ValkeyGone, ValkeySilent, ReadOnlyError, MasterDownError, OutOfMemoryError)
_SERVER_AWAY = (*AWAY, asyncpg.ReadOnlySQLTransactionError, *_VALKEY_AWAY)
_ABOUT_FILES = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)

# A tenant is paused within a second; in seconds.
KNOWN_FOR = 0.5
# Suspended ones, and those that are being deleted.
STATUSES = ("suspended", "deleting", "erasing")

_PAUSED = "SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing')"

_log = log("fourfold.worker")


def is_away(problem: BaseException) -> bool:
    """Whether a server did not answer, so that trying again later will do; anything else is a mistake that counts."""
    if isinstance(problem, TryAgain):
        return True
    if isinstance(problem, Unavailable):
        cause = problem.__cause__
        return not isinstance(cause, asyncpg.InterfaceError) or _is_closed(cause)
    if isinstance(problem, asyncpg.InterfaceError):
        return _is_closed(problem)
    return isinstance(problem, _SERVER_AWAY) and not isinstance(problem, _ABOUT_FILES)


def _is_closed(problem: asyncpg.InterfaceError) -> bool:
    # asyncpg has one class for connections that are gone and for two queries at once on one connection.
    return "clos" in str(problem)


async def servers_answer(house: House) -> bool:
    """Whether PostgreSQL and Valkey do, and MongoDB where documents are kept."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await house.pool.fetchval("SELECT 1")
            await house.valkey.ping()
            if house.documents is not None:
                await house.documents.ping()
    except Exception as problem:
        if not is_away(problem):
            raise
        return False
    return True


async def rest(until: asyncio.Event, seconds: float) -> bool:
    """Waits for the event, at most so long; says whether it has come."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
    return until.is_set()


async def keep_going(name: str, run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """Runs something until `stop` is set; when it fails it is started again, after pauses that grow while it fails."""
    pause = SHORTEST_REST
    while not stop.is_set():
        begun = monotonic()
        try:
            await run(stop)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the rest of the worker goes on
            if is_away(problem):
                _log.warning("a server is away", part=name, reason=repr(problem))
            else:
                _log.error("a part of the worker failed", part=name, exc_info=problem)
        if monotonic() - begun > HEALTHY_AFTER:
            pause = SHORTEST_REST
        if not stop.is_set():
            await rest(stop, pause)
            pause = min(pause * 2, LONGEST_REST)


class Paused:
    """Asks the database once for many events."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._until = 0.0
        self._tenants: frozenset[UUID] = frozenset()

    async def holds(self, tenant_id: UUID) -> bool:
        """Whether the tenant is paused."""
        if self._until < monotonic():
            rows = await self._house.pool.fetch(_PAUSED)
            self._tenants = frozenset(row["id"] for row in rows)
            self._until = monotonic() + KNOWN_FOR
        return tenant_id in self._tenants
