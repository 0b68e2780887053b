"""Two people: who the other one is, and writing what they are to each other, in both directions, with the counts."""

from typing import Any
from uuid import UUID

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.refusals import Conflict
from fourfold.social.channels.append import News, announce_ties, append_many
from fourfold.social.channels.rules import user_channel
from fourfold.social.people.count import count_of_person
from fourfold.social.people.ensure import active_person, person_of_account
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.queries import bond_between
from fourfold.social.ties.rules import Bond, counts_moved, mirrored_parts_of, parts_of, told_of_change
from fourfold.social.visibility.people import NoSuchPerson, person_named
from fourfold.social.visibility.rules import PersonFacts, Viewer, decide_person
from fourfold.social.visibility.viewer import MODERATE

DATED = ("follow", "followed", "friend", "block", "blocked", "mute")
NOTHING = Bond()


class Yourself(Conflict):
    """409: nobody has a tie to themselves."""

    code = "social.yourself"
    title = "This is you"


async def somebody(work: DocumentWork, handle_or_id: str, *, even_blocked: bool = False) -> tuple[PersonFacts, Bond]:
    """The person whom the caller means, and what they are to them; whoever has an account is a person, when asked for.

    Raises `NoSuchPerson` when there is nobody or nobody for the caller, and `Yourself`. `even_blocked` takes those as
    well whom the caller blocks: the block is theirs to lift.
    """
    me = await active_person(work)
    person = await person_named(work, handle_or_id) or await _stranger(work, handle_or_id)
    if person is not None and person.id == me.id:
        raise Yourself
    bond = NOTHING if person is None else await bond_between(work, me.id, person.id)
    if person is None or not _is_there(work, me, person, bond, even_blocked=even_blocked):
        raise NoSuchPerson
    return person, bond


async def _stranger(work: DocumentWork, handle_or_id: str) -> PersonFacts | None:
    try:
        account_id = UUID(handle_or_id)
    except ValueError:
        return None
    return await person_of_account(work, account_id)


def _is_there(work: DocumentWork, me: PersonFacts, person: PersonFacts, bond: Bond, *, even_blocked: bool) -> bool:
    is_cut = bond.cut and not (even_blocked and bond.block)
    # Looked at as a person, whatever the key that was used may read.
    viewer = Viewer(id=me.id, staff=work.who.may(MODERATE), cut=frozenset({person.id} if is_cut else ()))
    return decide_person(viewer, person).allow


async def bind(work: DocumentWork, other: UUID, before: Bond, after: Bond) -> bool:
    """Writes what the caller is to another one from now on, its mirror, and the counts; says whether it is new.

    Always both: so whoever else changes something between the two is met, and each tie is found from both ends.
    """
    if after == before:
        return False
    me = work.who.account
    try:
        await _write(work, me, other, parts_of(before), parts_of(after))
        await _write(work, other, me, mirrored_parts_of(before), mirrored_parts_of(after))
    except Duplicate as problem:
        raise TryAgain("the two meet for the first time, twice at once") from problem
    mine, theirs = counts_moved(before, after)
    await count_of_person(work, me, **mine)
    await count_of_person(work, other, **theirs)
    announce_ties(work, me, other)
    own, shown = told_of_change(before, after)
    news = [News(user_channel(me), "tie.changed", {"person_id": str(other), **own})]
    if shown:
        news.append(News(user_channel(other), "tie.changed", {"person_id": str(me), **shown}, [me]))
    await append_many(work, news)
    return True


async def _write(work: DocumentWork, u: UUID, v: UUID, before: dict[str, Any], after: dict[str, Any]) -> None:
    since = {f"at.{name}": work.now for name in DATED if after.get(name) != before.get(name)}
    await work.documents(TIES).update_one({"u": u, "v": v}, {"$set": {**after, **since}}, upsert=True)
