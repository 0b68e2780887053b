"""All fields of a tenant are sealed with its current key, and keys that seal nothing any more are destroyed."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from fourfold.ground import data_keys
from fourfold.ground.durable import job
from fourfold.ground.resealing import reseal_batch, uses_of_keys
from fourfold.ground.sealing import SealedPlace
from fourfold.ground.work import Desk, Work

# A process may not have heard of the new key yet, or be in a transaction that began before: both end well within this.
GRACE = timedelta(minutes=5)


class Reseal(BaseModel):
    """Nothing needs to be said: what is current is asked for."""


@job("core.data_keys.reseal", steps=True)
async def reseal_fields(desk: Desk, _: Reseal) -> None:
    """Seals field after field, and shows how far it is; may be broken off and run again at any time."""
    places = list(desk.house.sealer.places.values())
    result = {"resealed": 0, "unreadable": 0, "retired": 0}
    for number, place in enumerate(places):
        await _reseal_place(desk, place, result)
        await desk.progress((number + 1) / (len(places) + 1), result)
    async with desk.work() as work:
        result["retired"] = await _retire(work, places, result["unreadable"])
    await desk.progress(1.0, result)


async def _reseal_place(desk: Desk, place: SealedPlace, result: dict[str, int]) -> None:
    after: UUID | None = None
    while True:
        async with desk.work() as work:
            current = await _current(work)
            if current is None:
                return
            batch = await reseal_batch(work, place, current, after)
        result["resealed"] += batch.done
        result["unreadable"] += batch.unreadable
        after = batch.last
        if after is None:
            return


async def _current(work: Work) -> UUID | None:
    keys = await data_keys.sealing_keys(work.db, work.who.tenant_id)
    return next((key["id"] for key in keys if key["replaced_at"] is None), None)


async def _retire(work: Work, places: list[SealedPlace], unreadable: int) -> int:
    """Destroys the old keys that nothing uses, once nobody can be using them; comes back for the others."""
    uses, retired, waiting = await uses_of_keys(work, places), 0, False
    for key in await data_keys.sealing_keys(work.db, work.who.tenant_id):
        if key["replaced_at"] is None or key["retired_at"] is not None:
            continue
        if uses.get(key["id"], 0):
            # What cannot be opened stays, and so does its key: coming back would not help.
            waiting |= uses[key["id"]] > unreadable
        elif key["replaced_at"] + GRACE <= work.now:
            await data_keys.retire_key(work.db, work.who.tenant_id, key["id"], work.now)
            retired += 1
        else:
            waiting = True
    if waiting:
        work.later(reseal_fields, Reseal(), at=work.now + GRACE)
    if retired:
        await work.house.sealer.tell(work.db, work.who.tenant_id)
    return retired
