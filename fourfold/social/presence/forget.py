"""What is known of when somebody was here: told to them, and forgotten when they leave."""

from contextlib import suppress

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View, Work
from fourfold.social.presence.queries import connections_key, presence_of, seen_key


async def _tell(view: View, person: Person) -> Told:
    found = await presence_of(view.house, view.who.tenant_id, [person.account_id])
    return Told([{"last_seen": each.last_seen} for each in found.values() if each.last_seen is not None])


async def _erase(work: Work, person: Person) -> int:
    tenant_id = work.who.tenant_id
    with suppress(*ValkeyAway):
        await work.house.valkey.delete(connections_key(tenant_id, person.account_id))
        return int(await work.house.valkey.zrem(seen_key(tenant_id), str(person.account_id)))
    return 0


SEEN = PersonalData(
    "social.presence",
    "When somebody was here last",
    "Showing others whether somebody is here, as far as that person lets them know.",
    "Nothing.",
    {},
    _tell,
    _erase,
)
