"""Reads of people; what may be shown of them, the visibility room decides."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import one_of
from fourfold.social.people.documents import PEOPLE
from fourfold.social.visibility.rules import PersonFacts

_FACTS = ["handle", "name", "visibility", "state", "badge", "avatar", "settings", "fields"]
MOST_AT_ONCE = 10_000


async def people_by_id(view: DocumentView, ids: Iterable[UUID]) -> dict[UUID, PersonFacts]:
    """What is decided by of these people; ids of nobody are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await view.documents(PEOPLE).find({"_id": one_of(wanted)}, fields=_FACTS, limit=MOST_AT_ONCE)
    return {row["_id"]: facts_of(row) for row in rows}


async def people_by_handle(view: DocumentView, handles: Iterable[str]) -> dict[str, PersonFacts]:
    """The people with these handles, written in small letters."""
    wanted = sorted(set(handles))
    if not wanted:
        return {}
    rows = await view.documents(PEOPLE).find({"handle": one_of(wanted)}, fields=_FACTS, limit=MOST_AT_ONCE)
    return {row["handle"]: facts_of(row) for row in rows}


async def person_by_handle(view: DocumentView, handle: str) -> PersonFacts | None:
    """The person with a handle, if there is one."""
    return (await people_by_handle(view, [handle.lower()])).get(handle.lower())


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
