"""Reads of people; what may be shown of them, the visibility room decides."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import Filter, both, one_of
from fourfold.ground.touched import things
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.visibility.rules import PersonFacts

_FACTS = ["handle", "name", "visibility", "state", "badge", "avatar", "settings", "fields"]
MOST_AT_ONCE = 10_000
# Looked for in the place of somebody who is not there: that takes as long.
NOBODY = UUID(int=0)


async def people_by_id(view: DocumentView, ids: Iterable[UUID]) -> dict[UUID, PersonFacts]:
    """What is decided by of these people; ids of nobody are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await view.documents(PEOPLE).find({"_id": one_of(wanted)}, fields=_FACTS, limit=MOST_AT_ONCE)
    return {row["_id"]: facts_of(row) for row in rows}


def things_of_people(ids: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of these people, but for their counts."""
    return things(PEOPLE, ids)


async def people_by_handle(view: DocumentView, handles: Iterable[str]) -> dict[str, PersonFacts]:
    """The people with these handles, written in small letters, or who had them lately."""
    wanted = sorted(set(handles))
    if not wanted:
        return {}
    rows = await view.documents(CLAIMS).find({"handle": one_of(wanted)}, limit=MOST_AT_ONCE)
    owners = {row["handle"]: row["person"] for row in rows if row["until"] is None or row["until"] > view.now}
    people = await people_by_id(view, owners.values() or [NOBODY])
    return {handle: people[person_id] for handle, person_id in owners.items() if person_id in people}


async def person_by_handle(view: DocumentView, handle: str) -> PersonFacts | None:
    """The person with a handle, or who had it lately, if there is one."""
    return (await people_by_handle(view, [handle.lower()])).get(handle.lower())


async def whole_person(view: DocumentView, person_id: UUID) -> dict[str, Any] | None:
    """All that is kept of a person, if there is one."""
    return await view.documents(PEOPLE).find_one({"_id": person_id})


async def whole_people(view: DocumentView, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """All that is kept of these people; ids of nobody are left out."""
    rows = await view.documents(PEOPLE).find({"_id": one_of(sorted(set(ids)))}, limit=MOST_AT_ONCE)
    return {row["_id"]: row for row in rows}


async def people_under_tokens(view: DocumentView, words: Sequence[Sequence[str]], limit: int) -> list[PersonFacts]:
    """People who are indexed under one of the tokens of each word, the best known first."""
    every: Filter = both(*({"words": one_of(tokens)} for tokens in words))
    sort = ["-counts.followers", "_id"]
    rows = await view.documents(PEOPLE).find({**every, "state": "active"}, fields=_FACTS, sort=sort, limit=limit)
    return [facts_of(row) for row in rows]


def facts_of(row: dict[str, Any]) -> PersonFacts:
    """A document as what is decided by."""
    return PersonFacts(
        id=row["_id"],
        handle=row["handle"],
        name=row["name"],
        visibility=row["visibility"],
        state=row["state"],
        badge=row.get("badge"),
        avatar=row.get("avatar"),
        settings=row.get("settings") or {},
        fields=row.get("fields") or {},
    )
