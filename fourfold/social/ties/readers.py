"""Who reads whom: people get the posts of those whom they follow, and of their friends."""

from collections.abc import AsyncIterator
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either
from fourfold.social.ties.documents import TIES

BATCH = 1000


async def read_by(view: DocumentView, person: UUID) -> list[UUID]:
    """Those whose posts a person gets, also while they mute them."""
    wanted = {"u": person, **either({"follow": "yes"}, {"friend": "friends"})}
    return [row["v"] async for row in view.documents(TIES).each(wanted, fields=["v"], batch=BATCH)]


async def number_read_by(view: DocumentView, person: UUID) -> int:
    """How many these are."""
    return await view.documents(TIES).count({"u": person, **either({"follow": "yes"}, {"friend": "friends"})})


async def readers_of(view: DocumentView, person: UUID) -> AsyncIterator[list[UUID]]:
    """Those who get a person's posts, a thousand at a time."""
    wanted = {"u": person, **either({"followed": "yes"}, {"friend": "friends"})}
    batch: list[UUID] = []
    async for row in view.documents(TIES).each(wanted, fields=["v"], batch=BATCH):
        batch.append(row["v"])
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def number_of_readers(view: DocumentView, person: UUID, most: int) -> int:
    """How many these are; counting stops at `most`."""
    wanted = {"u": person, **either({"followed": "yes"}, {"friend": "friends"})}
    return await view.documents(TIES).count(wanted, limit=most)
