"""Turns: those who would change the same thing at the same time in one process do it one after the other.

Transactions that meet are done again from the beginning, so where many meet, most of what is done is done in vain. A
turn saves that within a process; between processes transactions meet as ever.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

_taken: WeakValueDictionary[tuple[UUID, str], asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def turn(tenant_id: UUID, thing: str) -> AsyncIterator[None]:
    """Waits until nobody else in this process is at a tenant's thing, and keeps it until the end of the block."""
    key = (tenant_id, thing)
    # Whoever holds it or waits for it keeps it alive; nobody else does.
    lock = _taken.setdefault(key, asyncio.Lock())
    async with lock:
        yield
