"""The pool of connections to PostgreSQL, in which a read that others wait behind leaves its COMMIT to the next one."""

from functools import lru_cache
from time import perf_counter
from typing import Any

import asyncpg
from prometheus_client import Gauge, Histogram

from fourfold.ground.metrics import pool_wait_seconds, pool_waiting

Lent = asyncpg.pool.PoolConnectionProxy


class PooledConnection(asyncpg.Connection):
    """A connection that knows whether a read has left its transaction open for whoever comes next to end."""

    __slots__ = ("left_open",)

    def __init__(self, *args: Any, **rest: Any) -> None:
        """Nothing is open at first."""
        super().__init__(*args, **rest)
        self.left_open = False

    async def _reset(self) -> None:
        # The library's own would roll back what is to be ended by the next one.
        if not self.left_open:
            await super()._reset()


class Pool(asyncpg.Pool):
    """asyncpg's pool, with ways in and out for transactions that cost less; `role` is whose pool it is in the figures.

    What is left open is only ever seen by those who `lend`: all others get a connection without a transaction.
    """

    role = "other"

    @property
    def has_free(self) -> bool:
        """Whether a connection can be had without waiting for another transaction to end."""
        # The pool's own numbers ask each of its connections, which is too slow for every request.
        return not self._queue.empty()  # type: ignore[attr-defined]  # the library's own

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for a connection."""
        return bool(self._queue._getters)  # type: ignore[attr-defined]  # noqa: SLF001 - the library's own

    async def lend(self) -> tuple[Lent, str]:
        """A connection, and the words that end what the last one left open on it; they travel with what comes next."""
        if self.has_free:
            connection = await super()._acquire(None)  # type: ignore[misc]  # the library's own
        else:
            connection = await self._acquire_in_turn()
        if connection._con.left_open:  # noqa: SLF001 - the library's own
            connection._con.left_open = False  # noqa: SLF001 - as above
            return connection, "COMMIT; "
        return connection, ""

    async def _acquire_in_turn(self) -> Lent:
        began = perf_counter()
        waiting, seconds = _waits_of(self.role)
        waiting.inc()
        try:
            connection: Lent = await super()._acquire(None)  # type: ignore[misc]  # the library's own
        finally:
            waiting.dec()
            seconds.observe(perf_counter() - began)
        return connection

    async def give_back(self, connection: Lent, *, left_open: bool = False) -> None:
        """Takes a connection back, at a transaction that the next one ends if it is `left_open`.

        It does what `release` does, but for a task: nothing is waited for here that others could cancel.
        """
        lent: Any = connection
        con, holder = lent._con, lent._holder  # noqa: SLF001 - the library's own, as all that follows
        if con is None:
            return
        con.left_open = left_open
        con._on_release()  # noqa: SLF001 - as above
        if (
            con.is_closed()
            or (con.is_in_transaction() and not left_open)
            or con._protocol._is_cancelling()  # noqa: SLF001 - as above
            or con._protocol.queries_count >= holder._max_queries  # noqa: SLF001 - as above
            or holder._generation != self._generation  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        ):
            await holder.release(None)
            return
        # Nothing is to be undone, closed or waited for.
        holder._timeout = None  # noqa: SLF001 - as above
        holder._release()  # noqa: SLF001 - as above
        holder._setup_inactive_callback()  # noqa: SLF001 - as above

    async def _acquire(self, timeout: float | None) -> Lent:  # noqa: ASYNC109 - as the library calls it
        # Whoever runs a statement by itself must not run it within another's transaction.
        connection: Any = await super()._acquire(timeout)  # type: ignore[misc]  # the library's own
        if connection._con.left_open:  # noqa: SLF001 - as above
            connection._con.left_open = False  # noqa: SLF001 - as above
            try:
                await connection.execute("COMMIT")
            except BaseException:
                await self.release(connection)
                raise
        lent: Lent = connection
        return lent


async def leave_no_trace(_connection: asyncpg.Connection) -> None:
    """Nothing is left to be reset: settings are only ever made for a transaction, and those have been ended."""


@lru_cache(16)
def _waits_of(role: str) -> tuple[Gauge, Histogram]:
    return pool_waiting.labels(role), pool_wait_seconds.labels(role)
