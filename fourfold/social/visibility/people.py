"""How people are shown: read in one go, decided by the rules, presented."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.refusals import NotFound
from fourfold.social.people.queries import people_by_id, person_by_handle
from fourfold.social.visibility.rules import PersonFacts, decide_person
from fourfold.social.visibility.shapes import ShownPerson
from fourfold.social.visibility.viewer import viewer_of

UUID_LENGTH = 36


class NoSuchPerson(NotFound):
    """404: there is no such person, or they are not there for the caller."""

    code = "social.no_such_person"
    title = "There is no such person"


async def show_people(view: DocumentView, ids: Iterable[UUID]) -> dict[UUID, ShownPerson]:
    """The people among these who are there for the caller."""
    wanted = set(ids)
    if not wanted:
        return {}
    people = await people_by_id(view, wanted)
    viewer = await viewer_of(view, wanted)
    return {each.id: as_shown(each) for each in people.values() if decide_person(viewer, each).allow}


async def person_for(view: DocumentView, handle_or_id: str) -> PersonFacts:
    """The person with this handle or id, for acts and reads about them.

    Raises `NoSuchPerson` in the same words, and after the same reads, whether there is nobody or nobody to be seen.
    """
    person = await person_named(view, handle_or_id)
    viewer = await viewer_of(view, [person.id] if person else [])
    if person is None or not decide_person(viewer, person).allow:
        raise NoSuchPerson
    return person


async def person_named(view: DocumentView, handle_or_id: str) -> PersonFacts | None:
    """The person with this handle or id, whoever may see them."""
    person_id = _as_id(handle_or_id)
    if person_id is None:
        return await person_by_handle(view, handle_or_id)
    return (await people_by_id(view, [person_id])).get(person_id)


def as_shown(person: PersonFacts) -> ShownPerson:
    """A person who may be seen, as they are shown beside what they have done."""
    avatar_url = f"/v1/social/people/{person.id}/avatar" if person.avatar else None
    return ShownPerson(id=person.id, handle=person.handle, name=person.name, avatar_url=avatar_url, badge=person.badge)


def _as_id(text: str) -> UUID | None:
    if len(text) == UUID_LENGTH:
        with suppress(ValueError):
            return UUID(text)
    return None
