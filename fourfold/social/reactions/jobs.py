"""What is done with reactions in the background: taking away those of people who leave."""

from functools import partial
from uuid import UUID

from pydantic import BaseModel

from fourfold.ground.again import until_done
from fourfold.ground.durable import job
from fourfold.ground.work import Desk
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.give import uncount

# Few enough that others who react to the same do not wait for long.
BATCH = 20


class OnePerson(BaseModel):
    """Whose reactions."""

    person: UUID


@job("social.reactions.erase", steps=True)
async def erase_reactions(desk: Desk, whose: OnePerson) -> None:
    """Takes all reactions of a person away, with what is counted of them, a few at a time."""
    while await until_done(partial(_erase_some, desk, whose.person)):
        pass


async def _erase_some(desk: Desk, person: UUID) -> int:
    async with desk.document_work() as work:
        kept = work.documents(REACTIONS)
        rows = await kept.find({"by": person}, limit=BATCH)
        for row in rows:
            await kept.delete_one({"_id": row["_id"], "target": row["target"]})
            await uncount(work, row)
        return len(rows)
