"""Finding people by what they are called, with a letter wrong, as far as they let themselves be found."""

import re
from collections.abc import Collection
from uuid import UUID

from fourfold.contracts.core import Accounts
from fourfold.ground.document_work import DocumentView
from fourfold.social.people.queries import NOBODY, people_by_id, people_under_tokens, person_by_handle
from fourfold.social.people.rules import MOST_WORDS, likeness, tokens_for, words_in, words_of
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.rules import PersonFacts, Viewer, decide_person, may_by_setting
from fourfold.social.visibility.shapes import ShownPerson
from fourfold.social.visibility.viewer import viewer_of

# As many are compared letter by letter, however many are asked for.
MOST_COMPARED = 300
BY_HANDLE = 2.0
ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")
# With its country; digits alone may well be a handle.
NUMBER = re.compile(r"\+[0-9][0-9 ().\-/]{4,38}")


async def search_people(view: DocumentView, text: str, limit: int) -> list[ShownPerson]:
    """People who are called like that, the closest first: by handle and name, each word a beginning or mistyped.

    An e-mail address, or a telephone number with its country, finds whoever it belongs to, if they want that.
    """
    asked = text.strip()
    if ADDRESS.fullmatch(asked):
        account_id = await view.ask(Accounts).proven_by(view.who.tenant_id, asked)
        return await _letting_be_found(view, [account_id or NOBODY], "find_by_email")
    if NUMBER.fullmatch(asked):
        accounts = await view.ask(Accounts).proven_by_phone(view.who.tenant_id, asked)
        return await _letting_be_found(view, accounts or [NOBODY], "find_by_phone")
    words = words_in(asked)[:MOST_WORDS]
    if not words:
        return []
    people = await people_under_tokens(view, [tokens_for(word) for word in words], MOST_COMPARED)
    fits = {each.id: (likeness(words, words_of(each.handle, each.name)), each) for each in people}
    named = await person_by_handle(view, asked.removeprefix("@"))
    if named is not None:
        fits[named.id] = BY_HANDLE, named
    viewer = await viewer_of(view, fits)
    found = [row for row in fits.values() if row[0] > 0 and may_be_found(viewer, row[1])]
    found.sort(key=lambda row: (-row[0], not viewer.follows(row[1].id), row[1].handle))
    return [as_shown(person) for _, person in found[:limit]]


async def _letting_be_found(view: DocumentView, accounts: Collection[UUID], setting: str) -> list[ShownPerson]:
    people = await people_by_id(view, accounts)
    viewer = await viewer_of(view, people)
    return [
        as_shown(each)
        for each in people.values()
        if each.settings.get(setting) == "everyone" and decide_person(viewer, each).allow
    ]


def may_be_found(viewer: Viewer, person: PersonFacts) -> bool:
    """Whether a person is there for the viewer, and lets themselves be found; those who follow them find them."""
    if not decide_person(viewer, person).allow:
        return False
    return may_by_setting(viewer, person, "find") or viewer.follows(person.id)
