"""Whoever first does something in the community, or registers, becomes a person of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from fourfold.contracts.core import Accounts
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Collection, Duplicate
from fourfold.ground.configuration import Setting
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import one_of
from fourfold.ground.refusals import Forbidden
from fourfold.ground.work import Work
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.queries import facts_of
from fourfold.social.people.rules import handles_for, tokens_of
from fourfold.social.visibility.rules import PersonFacts

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents

JOINING: Setting[str] = Setting(
    "social.joining",
    Literal["registration", "first_act"],
    "registration",
    "When somebody becomes a person of the community whom others find: as they register, or as they first take part",
)
BATCH = 1000


class NotActive(Forbidden):
    """403: whoever is suspended from the community does nothing in it."""

    code = "social.not_active"
    title = "You cannot take part at the moment"


async def ensure_person(work: DocumentWork) -> PersonFacts:
    """The caller as a person; made with their account's name and a free handle when there is none yet."""
    account = work.who.account
    return await person_of_account(work, account) or facts_of(await add_person(work.documents, account, "", work.now))


async def active_person(work: DocumentWork) -> PersonFacts:
    """The caller as a person who takes part; raises `NotActive`."""
    person = await ensure_person(work)
    if person.state != "active":
        raise NotActive
    return person


async def person_of_account(work: DocumentWork, account_id: UUID) -> PersonFacts | None:
    """The person whose account this is, made when there is none yet; None when nobody may sign in to it."""
    known = await work.documents(PEOPLE).find_one({"_id": account_id})
    if known is None:
        names = await work.ask(Accounts).names_of(work.who.tenant_id, [account_id])
        if account_id not in names:
            return None
        known = await add_person(work.documents, account_id, names[account_id], work.now)
    return facts_of(known)


async def join_community(work: Work, account_id: UUID, name: str) -> None:
    """Makes a person of an account, unless the tenant wants them to come by themselves; again it does nothing."""
    if await work.house.configuration.value(work.who.tenant_id, JOINING, work.db) != "registration":
        return
    async with work.story() as documents:
        if not await documents(PEOPLE).exists({"_id": account_id}):
            await add_person(documents, account_id, name, work.now)


async def add_person(
    documents: "Callable[[Collection], Documents]", person_id: UUID, name: str, now: datetime
) -> dict[str, Any]:
    """Makes a person under a free handle, in a transaction; raises `TryAgain` when somebody else was faster."""
    try:
        handle = await _claim_one(documents, person_id, name)
        fresh = _blank(person_id, handle, name.strip() or handle, now)
        await documents(PEOPLE).insert(fresh)
    except Duplicate as problem:
        raise TryAgain(f"{person_id} is being made") from problem
    return fresh


async def people_under(work: Work, handles: Sequence[str], id_of: Callable[[str], UUID]) -> dict[str, UUID]:
    """The people with these handles; who is not there is added, without an account. May be done again.

    Writes at once, outside of any transaction: for imports. `id_of` gives the same id for a handle each time.
    """
    claims = work.documents(CLAIMS)
    found: dict[str, UUID] = {}
    for at in range(0, len(handles), BATCH):
        some = handles[at : at + BATCH]
        rows = await claims.find({"handle": one_of(some)}, limit=BATCH)
        known = {row["handle"]: row["person"] for row in rows}
        fresh = {handle: id_of(handle) for handle in some if handle not in known}
        people = [_blank(person_id, handle, handle, work.now) for handle, person_id in fresh.items()]
        await _add_new(work, PEOPLE, people)
        claimed = [{"handle": handle, "person": person_id, "until": None} for handle, person_id in fresh.items()]
        await _add_new(work, CLAIMS, claimed)
        found |= known | fresh
    return found


async def _add_new(work: Work, collection: Collection, rows: Sequence[dict[str, Any]]) -> None:
    try:
        await work.documents(collection).insert_many(rows, ordered=False)
    except Duplicate:
        # Those are from an import that was broken off; all others have been added.
        return


async def _claim_one(documents: "Callable[[Collection], Documents]", person_id: UUID, name: str) -> str:
    claims = documents(CLAIMS)
    for handle in handles_for(name, person_id.hex):
        if await claims.exists({"handle": handle}):
            continue
        await claims.insert({"handle": handle, "person": person_id, "until": None})
        return handle
    # The last one is made of nothing but their own id: it can only be theirs, left by a person who is gone.
    return handle


def _blank(person_id: UUID, handle: str, name: str, now: datetime) -> dict[str, Any]:
    return {
        "_id": person_id, "handle": handle, "name": name[:200], "bio": "", "links": [], "location": "",
        "avatar": None, "cover": None, "visibility": "public", "state": "active", "badge": None,
        "settings": {}, "fields": {}, "counts": {"followers": 0, "following": 0, "friends": 0, "posts": 0},
        "words": tokens_of(handle, name), "version": 1, "created_at": now,
    }  # fmt: skip
