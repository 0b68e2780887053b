"""PostgreSQL: the pool, and transactions that belong to one tenant."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from fourfold.ground.pool import Pool, PooledConnection, leave_no_trace
from fourfold.ground.refusals import Unavailable
from fourfold.ground.traced import TracedConnection

type_names = ("json", "jsonb")

Connection = asyncpg.pool.PoolConnectionProxy
# What asyncpg raises while PostgreSQL is away, starting or stopping. `InternalClientError` is what comes between the
# server's last words and the end of the connection.
AWAY = (
    asyncpg.InternalClientError,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
)

NO_ANSWER = "The database does not answer; try again in a moment."


class UnsafeRole(RuntimeError):
    """The database role would see every tenant's rows."""


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in type_names:
        await connection.set_type_codec(name, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")


async def open_pool(url: str, size: int, *, name: str = "fourfold", traced: bool = False) -> Pool:
    """A pool of at most `size` connections; refuses a role to which row-level security does not apply.

    When it is `traced`, each statement is a span of what the caller is at work on.
    """
    opening = Pool(
        url,
        min_size=1,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=TracedConnection if traced else PooledConnection,
        record_class=asyncpg.Record,
        init=_prepare,
        reset=leave_no_trace,
        command_timeout=60,
        timeout=10,
        server_settings={
            "application_name": name,
            "search_path": "ground, public",
            "timezone": "UTC",
            "statement_timeout": "20s",
            "lock_timeout": "8s",
            "idle_in_transaction_session_timeout": "60s",
            "jit": "off",
            "standard_conforming_strings": "on",
        },
    )
    pool = await opening
    await refuse_unsafe_role(pool)
    pool.role = name.rpartition(" ")[2]
    return pool


async def refuse_unsafe_role(pool: Pool) -> None:
    """Raises `UnsafeRole` when the pool's role is a superuser or may bypass row-level security."""
    row = await pool.fetchrow(
        "SELECT rolname, rolsuper OR rolbypassrls AS all FROM pg_roles WHERE rolname = current_user"
    )
    if row is None or row["all"]:
        await pool.close()
        reason = "FOURFOLD_POSTGRES_URL names a superuser or BYPASSRLS role: it would see every tenant's rows"
        raise UnsafeRole(reason)


# Acts find rows by their keys, so one plan fits every value: planning them anew each time costs more than running them.
# Reads with filters that may be absent are planned for what they are given.
WRITING = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan"


class Broken(RuntimeError):
    """A statement had failed and nobody told: PostgreSQL has rolled back what should have been committed."""


class Transaction:
    """One transaction of one tenant; commits at the end, rolls back on any exception.

    A class and not a generator, since every request pays for it.
    """

    __slots__ = ("_begin", "_connection", "_pool", "_reads", "last_words")

    def __init__(self, pool: Pool, begin: str, *, reads: bool) -> None:
        """`begin` are the statements that open it; `last_words`, set later, are some that travel with its COMMIT.

        One that only `reads` leaves its COMMIT to the next one when somebody waits for its connection.
        """
        self._pool = pool
        self._begin = begin
        self._reads = reads
        self._connection: Connection | None = None
        self.last_words = ""

    async def __aenter__(self) -> Connection:
        """The open transaction; raises `Unavailable` when PostgreSQL does not answer."""
        try:
            connection, others_end = await self._pool.lend()
        except AWAY as problem:
            raise Unavailable(NO_ANSWER) from problem
        self._connection = connection
        try:
            await connection.execute(others_end + self._begin)
        except BaseException as problem:
            await self._undo(connection)
            if isinstance(problem, AWAY):
                raise Unavailable(NO_ANSWER) from problem
            raise
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commits, or rolls back and lets the exception pass; raises `Unavailable` when PostgreSQL went away."""
        connection = self._connection
        if connection is None:
            return
        failure = problem
        if failure is None:
            try:
                left_open = self._reads and self._pool.is_awaited
                if not left_open:
                    await _commit(connection, self.last_words)
                await self._release(connection, left_open=left_open)
            except BaseException as found:  # noqa: BLE001 - raised again below, once the connection is given back
                failure = found
        if failure is None:
            return
        await self._undo(connection)
        if isinstance(failure, AWAY) and not isinstance(failure, FileNotFoundError | PermissionError):
            raise Unavailable(NO_ANSWER) from failure
        if failure is not problem:
            raise failure

    async def _undo(self, connection: Connection) -> None:
        with suppress(*AWAY):
            if connection.is_in_transaction():
                await asyncio.shield(connection.execute("ROLLBACK"))
        await self._release(connection)

    async def _release(self, connection: Connection, *, left_open: bool = False) -> None:
        self._connection = None
        with suppress(*AWAY):
            await self._pool.give_back(connection, left_open=left_open)


async def _commit(connection: Connection, last_words: str) -> None:
    if await connection.execute(f"{last_words}COMMIT") != "COMMIT":
        raise Broken("a statement had failed, and so nothing was committed")


def transaction(pool: Pool, tenant: UUID | None, *, read_only: bool = False, first_words: str = "") -> Transaction:
    """One transaction of one tenant.

    BEGIN, the tenant and `first_words` travel together: a round trip costs more than row-level security does.
    Without a tenant row-level security shows no rows at all.
    """
    mode = "BEGIN READ ONLY" if read_only else WRITING
    if tenant is None:
        return Transaction(pool, mode, reads=read_only)
    words = f"{mode}; SET LOCAL fourfold.tenant = '{_safe(tenant)}'; {first_words}"
    return Transaction(pool, words, reads=read_only)


def _safe(tenant: object) -> UUID:
    # It becomes part of a statement, so it is not taken on trust that it is what the types say.
    return tenant if isinstance(tenant, UUID) else UUID(str(tenant))
