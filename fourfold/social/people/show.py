"""A person's profile, as far as it is for whoever looks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.social.people.edit import NoSuchPicture
from fourfold.social.people.ensure import ensure_person
from fourfold.social.people.queries import facts_of, whole_people, whole_person
from fourfold.social.people.shapes import BetweenShape, OwnProfileShape, PersonCounts, ProfileShape, picture_url
from fourfold.social.ties.queries import ties_between
from fourfold.social.ties.rules import connections_shown
from fourfold.social.visibility.people import NoSuchPerson, as_shown, person_for
from fourfold.social.visibility.rules import PersonFacts, Tie, Viewer, decide_person, field_shown
from fourfold.social.visibility.viewer import viewer_of


async def show_me(work: DocumentWork) -> OwnProfileShape:
    """The caller as a person, made when there is none yet."""
    person = await ensure_person(work)
    return OwnProfileShape.of(await whole_person(work, person.id) or {})


async def show_profile(view: DocumentView, handle_or_id: str) -> ProfileShape:
    """A person's profile, by their handle, one they had lately, or their id; raises `NoSuchPerson`."""
    person = await person_for(view, handle_or_id)
    profile = (await show_profiles(view, [person.id])).get(person.id)
    if profile is None:
        raise NoSuchPerson
    return profile


async def show_profiles(view: DocumentView, ids: Collection[UUID]) -> dict[UUID, ProfileShape]:
    """The profiles of those of these people who are there for the caller, as many reads for one as for many."""
    rows = await whole_people(view, ids)
    viewer = await viewer_of(view, rows)
    seen = {each: row for each, row in rows.items() if decide_person(viewer, facts_of(row)).allow}
    # Who is cut off from the viewer is not even counted.
    hidden = await ties_between(view, seen, viewer.cut) if seen and viewer.cut else {}
    return {each: _profile(viewer, row, hidden.get(each, ())) for each, row in seen.items()}


def _profile(viewer: Viewer, row: Mapping[str, Any], hidden: Sequence[Tie]) -> ProfileShape:
    person = facts_of(dict(row))
    parts: dict[str, Any] = {
        name: row.get(name, empty) if field_shown(viewer, person, name) else None
        for name, empty in (("bio", ""), ("links", []), ("location", ""))
    }
    return ProfileShape(
        **as_shown(person).model_dump(),
        **parts,
        cover_url=picture_url(row, "cover"),
        visibility=row["visibility"],
        counts=_counts(viewer, person, row["counts"], hidden),
        you=_between(viewer, person.id),
        created_at=row["created_at"],
    )


async def picture_of(view: DocumentView, handle_or_id: str, kind: Literal["avatar", "cover"]) -> UUID:
    """The file that is a picture of a person who is there for the caller; raises `NoSuchPerson`, `NoSuchPicture`."""
    person = await person_for(view, handle_or_id)
    file_id = (await whole_person(view, person.id) or {}).get(kind)
    if file_id is None:
        raise NoSuchPicture
    return UUID(str(file_id))


def _counts(viewer: Viewer, person: PersonFacts, kept: Mapping[str, int], hidden: Sequence[Tie]) -> PersonCounts:
    if not connections_shown(viewer, person):
        return PersonCounts(followers=None, following=None, friends=None, posts=kept["posts"])
    return PersonCounts(
        followers=kept["followers"] - sum(tie.followed == "yes" for tie in hidden),
        following=kept["following"] - sum(tie.follow == "yes" for tie in hidden),
        friends=kept["friends"] - sum(tie.friend == "friends" for tie in hidden),
        posts=kept["posts"],
    )


def _between(viewer: Viewer, person_id: UUID) -> BetweenShape | None:
    if viewer.id is None or viewer.id == person_id:
        return None
    tie = viewer.tie_to(person_id)
    return BetweenShape.model_validate(
        {"follow": tie.follow, "followed": tie.followed, "friend": tie.friend, "muted": tie.mute}
    )
