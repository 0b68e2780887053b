"""Whoever first does something in the community becomes a person of it."""

from fourfold.ground.document_work import DocumentWork
from fourfold.social.people.documents import PEOPLE
from fourfold.social.people.queries import facts_of
from fourfold.social.visibility.rules import PersonFacts


async def ensure_person(work: DocumentWork) -> PersonFacts:
    """The caller as a person; made with a handle of its own when there is none yet."""
    account = work.who.account
    known = await work.documents(PEOPLE).find_one({"_id": account})
    if known is not None:
        return facts_of(known)
    handle = f"member_{account.hex[-10:]}"
    fresh = {
        "_id": account,
        "handle": handle,
        "name": handle,
        "visibility": "public",
        "state": "active",
        "settings": {},
        "fields": {},
        "counts": {"followers": 0, "following": 0, "friends": 0, "posts": 0},
        "words": [handle],
        "created_at": work.now,
    }
    await work.documents(PEOPLE).insert(fresh)
    return facts_of(fresh)
