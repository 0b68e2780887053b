"""The pool: a read that others wait behind leaves its COMMIT to the next one, and nobody sees more for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.db import open_pool, transaction
from fourfold.ground.ids import new_id
from fourfold.ground.pool import Pool
from tests.conftest import Running

TENANT = "SELECT nullif(current_setting('fourfold.tenant', true), '')"


@pytest.fixture
async def pool(running: Running) -> AsyncIterator[Pool]:
    """A single connection of the application's role."""
    pool = await open_pool(running.settings.postgres_url or "", 1)
    yield pool
    await pool.close()


async def statements_behind_a_read(pool: Pool, ask: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[Any, list[str]]:
    """What `ask` answers when it has waited behind a read of some tenant, and what was sent meanwhile."""
    sent: list[str] = []
    async with transaction(pool, new_id(), read_only=True) as db:
        assert await db.fetchval(TENANT)
        waiting: asyncio.Task[Any] = asyncio.create_task(ask())
        while not pool.is_awaited:  # noqa: ASYNC110 - the library sets no event
            await asyncio.sleep(0)
        connection: Any = db
        connection._con.add_query_logger(lambda told: sent.append(told.query))
    try:
        return await waiting, sent
    finally:
        connection = await pool.acquire()
        connection._con._query_loggers.clear()
        await pool.release(connection)


async def tenant_read(pool: Pool, tenant: UUID | None, *, read_only: bool) -> str | None:
    """The tenant that a transaction is of."""
    async with transaction(pool, tenant, read_only=read_only) as db:
        told: str | None = await db.fetchval(TENANT)
        return told


@pytest.mark.parametrize("read_only", [True, False])
async def test_the_next_transaction_ends_the_read_before(pool: Pool, *, read_only: bool) -> None:
    """P-10: COMMIT travels with the next BEGIN, and the next tenant is its own; without one there is none."""
    tenant = new_id()
    told, sent = await statements_behind_a_read(pool, lambda: tenant_read(pool, tenant, read_only=read_only))
    assert told == str(tenant)
    assert sent[0].startswith("COMMIT; BEGIN")
    assert sent[-1] == "COMMIT"
    told, sent = await statements_behind_a_read(pool, lambda: tenant_read(pool, None, read_only=read_only))
    assert told is None
    assert [each for each in sent if "COMMIT" in each] == [sent[0], "COMMIT"]


async def test_a_statement_by_itself_is_in_nobodys_transaction(pool: Pool) -> None:
    """P-10, T03: what is run on the pool itself sees no other's tenant, and is committed."""
    told, sent = await statements_behind_a_read(pool, lambda: pool.fetchval(TENANT))
    assert (told, sent[0]) == (None, "COMMIT")
    subject = f"session:{new_id()}"
    write = "INSERT INTO ground.revocation (subject, revoked_at, until) VALUES ($1, now(), now())"
    await statements_behind_a_read(pool, lambda: pool.execute(write, subject))
    assert await pool.fetchval("SELECT count(*) FROM ground.revocation WHERE subject = $1", subject) == 1


async def test_whoever_waited_and_went_away_leaves_no_tenant_behind(pool: Pool) -> None:
    """P-10: a read that nobody follows after all is ended by whoever comes later."""
    tenant = new_id()
    async with transaction(pool, tenant, read_only=True) as db:
        waiting = asyncio.create_task(tenant_read(pool, tenant, read_only=True))
        while not pool.is_awaited:  # noqa: ASYNC110 - the library sets no event
            await asyncio.sleep(0)
        assert await db.fetchval(TENANT) == str(tenant)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await pool.fetchval(TENANT) is None
    assert await tenant_read(pool, None, read_only=True) is None


async def test_a_read_that_failed_is_rolled_back(pool: Pool) -> None:
    """P-10: an exception ends the transaction at once, however many wait."""
    with pytest.raises(ZeroDivisionError):
        await statements_behind_a_read_that_fails(pool)
    assert await tenant_read(pool, None, read_only=False) is None


async def statements_behind_a_read_that_fails(pool: Pool) -> None:
    """A read that ends in an exception while another waits; the other one is well."""
    waiting = None
    try:
        async with transaction(pool, new_id(), read_only=True) as db:
            waiting = asyncio.create_task(tenant_read(pool, None, read_only=True))
            while not pool.is_awaited:  # noqa: ASYNC110 - the library sets no event
                await asyncio.sleep(0)
            assert await db.fetchval(TENANT)
            raise ZeroDivisionError
    finally:
        assert waiting is not None
        assert await waiting is None
