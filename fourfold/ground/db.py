"""PostgreSQL: the pool, and transactions that belong to one tenant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from fourfold.ground.refusals import Unavailable

type_names = ("json", "jsonb")

Connection = asyncpg.pool.PoolConnectionProxy
Pool = asyncpg.Pool

# What asyncpg raises while PostgreSQL is away, starting or stopping.
AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
)


class UnsafeRole(RuntimeError):
    """The database role would see every tenant's rows."""


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in type_names:
        await connection.set_type_codec(name, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")


async def _leave_no_trace(connection: asyncpg.Connection) -> None:
    # Settings are only ever made for a transaction, so an ended transaction is all there is to clean up.
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def open_pool(url: str, size: int, *, name: str = "fourfold") -> Pool:
    """A pool of at most `size` connections; refuses a role to which row-level security does not apply."""
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=_prepare,
        reset=_leave_no_trace,
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
        },
    )
    await refuse_unsafe_role(pool)
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


@asynccontextmanager
async def connection_of(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool; raises `Unavailable` when PostgreSQL does not answer."""
    try:
        connection = await pool.acquire()
    except AWAY as problem:
        raise Unavailable("The database does not answer; try again in a moment.") from problem
    try:
        yield connection
    finally:
        with suppress(*AWAY):
            await asyncio.shield(pool.release(connection))


@asynccontextmanager
async def transaction(pool: Pool, tenant: UUID | None, *, read_only: bool = False) -> AsyncIterator[Connection]:
    """One transaction of one tenant; commits at the end, rolls back on any exception.

    BEGIN and the tenant travel together: a round trip costs more than row-level security does.
    Without a tenant row-level security shows no rows at all.
    """
    mode = "BEGIN READ ONLY" if read_only else "BEGIN"
    tell = f"; SET LOCAL fourfold.tenant = '{UUID(str(tenant))}'" if tenant else ""
    async with connection_of(pool) as connection:
        try:
            await connection.execute(mode + tell)
            yield connection
            await connection.execute("COMMIT")
        except BaseException as problem:
            with suppress(*AWAY):
                if connection.is_in_transaction():
                    await asyncio.shield(connection.execute("ROLLBACK"))
            if isinstance(problem, AWAY) and not isinstance(problem, FileNotFoundError | PermissionError):
                raise Unavailable("The database does not answer; try again in a moment.") from problem
            raise
