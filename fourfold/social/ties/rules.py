"""What becomes of a tie when one of two people does something: values in, values out."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fourfold.social.visibility.rules import PersonFacts, Tie, Viewer, may_by_setting

MIRRORED = {"asked": "asks", "asks": "asked"}


@dataclass(frozen=True, slots=True)
class Bond(Tie):
    """A tie with the requests that belong to it: for friendship, to follow the second, and the second's to follow."""

    request: UUID | None = None
    follow_request: UUID | None = None
    followed_request: UUID | None = None


def followed(bond: Bond, *, asks: bool, request_id: UUID) -> Bond:
    """The first follows the second, or asks to; friends need not ask."""
    if bond.follow == "yes" or (bond.follow == "asked" and asks):
        return bond
    if asks and bond.friend != "friends":
        return replace(bond, follow="asked", follow_request=request_id)
    return replace(bond, follow="yes", follow_request=None)


def unfollowed(bond: Bond) -> Bond:
    """The first follows the second no longer, and does not ask to."""
    return replace(bond, follow="no", follow_request=None)


def let_follow(bond: Bond) -> Bond:
    """The first lets the second follow, who has asked."""
    return replace(bond, followed="yes") if bond.followed == "asked" else bond


def not_let_follow(bond: Bond) -> Bond:
    """The second no longer follows the first, and does not ask to."""
    return replace(bond, followed="no", followed_request=None)


def befriended(bond: Bond, request_id: UUID) -> Bond:
    """The first asks the second to be friends; when the second has asked already, they are."""
    if bond.friend == "asks":
        return replace(bond, friend="friends")
    return replace(bond, friend="asked", request=request_id) if bond.friend == "no" else bond


def unfriended(bond: Bond) -> Bond:
    """They are not friends, and nobody asks to be."""
    return replace(bond, friend="no", request=None)


def blocked(bond: Bond) -> Bond:
    """The first blocks the second: nothing else is left between them."""
    return Bond(block=True, blocked=bond.blocked, mute=bond.mute)


def unblocked(bond: Bond) -> Bond:
    """The first blocks the second no longer; whether the second does is theirs to say."""
    return replace(bond, block=False)


def parts_of(bond: Bond) -> dict[str, Any]:
    """The tie as it is kept for the first person."""
    return {**_mutual(bond), "mute": bond.mute}


def mirrored_parts_of(bond: Bond) -> dict[str, Any]:
    """The tie as it is kept for the second person, but for whom they mute."""
    mirror = Bond(
        follow=bond.followed,
        followed=bond.follow,
        friend=MIRRORED.get(bond.friend, bond.friend),
        block=bond.blocked,
        blocked=bond.block,
        request=bond.request,
        follow_request=bond.followed_request,
        followed_request=bond.follow_request,
    )
    return _mutual(mirror)


def _mutual(bond: Bond) -> dict[str, Any]:
    return {
        "follow": bond.follow,
        "followed": bond.followed,
        "friend": bond.friend,
        "block": bond.block,
        "blocked": bond.blocked,
        "cut": bond.cut,
        "request": bond.request,
        "follow_request": bond.follow_request,
        "followed_request": bond.followed_request,
    }


def counts_moved(before: Bond, after: Bond) -> tuple[dict[str, int], dict[str, int]]:
    """What a change adds to the counts of the first and of the second person."""
    follow = (after.follow == "yes") - (before.follow == "yes")
    followed_by = (after.followed == "yes") - (before.followed == "yes")
    friends = (after.friend == "friends") - (before.friend == "friends")
    return (
        {"following": follow, "followers": followed_by, "friends": friends},
        {"following": followed_by, "followers": follow, "friends": friends},
    )


def connections_shown(viewer: Viewer, person: PersonFacts) -> bool:
    """Whether the viewer may know whom a person follows, by whom they are followed, and who their friends are.

    Of protected people that is for their followers at most.
    """
    if not may_by_setting(viewer, person, "connections"):
        return False
    return person.visibility == "public" or viewer.id == person.id or viewer.follows(person.id)


def told_of_change(before: Bond, after: Bond) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two are told at once of a change by the first; the second is told nothing of blocks and mutes."""
    mine = {**_shown(parts_of(after)), "muted": after.mute, "blocked": after.block}
    was, theirs = _shown(mirrored_parts_of(before)), _shown(mirrored_parts_of(after))
    return mine, {} if was == theirs or before.cut or after.cut else theirs


def _shown(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: parts[name] for name in ("follow", "followed", "friend")}
