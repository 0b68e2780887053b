"""What becomes of ties: each act against a plain model of two people, and both sides as mirrors of each other."""

import random
from collections.abc import Callable

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.ties import rules
from fourfold.social.ties.queries import bond_in
from fourfold.social.ties.rules import Bond, connections_shown, counts_moved, mirrored_parts_of, parts_of
from fourfold.social.visibility.rules import PersonFacts, Tie, Viewer

ACTS: list[Callable[[Bond], Bond]] = [
    lambda bond: rules.followed(bond, asks=False, request_id=new_id()),
    lambda bond: rules.followed(bond, asks=True, request_id=new_id()),
    rules.unfollowed,
    rules.let_follow,
    rules.not_let_follow,
    lambda bond: rules.befriended(bond, new_id()),
    rules.unfriended,
    rules.blocked,
    rules.unblocked,
]


def seen_by_other(bond: Bond) -> Bond:
    """The same tie from the other end; what that one mutes is not known here."""
    return bond_in(mirrored_parts_of(bond))


def test_ties_stay_mirrors_of_each_other() -> None:
    """S-05, S-06, I23: whatever two people do, both sides tell the same, and counts never fall below nought."""
    chance = random.Random(7)
    for _ in range(200):
        bond = Bond()
        mine = dict.fromkeys(("followers", "following", "friends"), 0)
        theirs = dict(mine)
        for _ in range(30):
            before = bond
            bond = chance.choice(ACTS)(bond) if not bond.cut else chance.choice([rules.blocked, rules.unblocked])(bond)
            for counts, moved in zip((mine, theirs), counts_moved(before, bond), strict=True):
                for name, number in moved.items():
                    counts[name] += number
            assert seen_by_other(seen_by_other(bond)) == bond
            assert bond_in(parts_of(bond)) == bond
            if chance.random() < 0.5:
                bond, mine, theirs = seen_by_other(bond), theirs, mine
            expected = (bond.followed == "yes", bond.follow == "yes", bond.friend == "friends")
            assert (mine["followers"], mine["following"], mine["friends"]) == expected
            assert (theirs["following"], theirs["followers"], theirs["friends"]) == expected


def test_a_second_request_is_a_yes() -> None:
    """S-05, I25: whoever asks somebody who has asked says yes, under the first request."""
    first, second = new_id(), new_id()
    asked = rules.befriended(Bond(), first)
    assert (asked.friend, asked.request) == ("asked", first)
    assert rules.befriended(asked, second) == asked
    answered = rules.befriended(seen_by_other(asked), second)
    assert (answered.friend, answered.request) == ("friends", first)
    assert rules.unfriended(answered) == Bond()


def test_a_block_leaves_nothing() -> None:
    """S-07: following, friendship and requests end in both directions; a mute stays the muter's own."""
    tied = Bond(follow="yes", followed="asked", friend="friends", mute=True, followed_request=new_id())
    assert rules.blocked(tied) == Bond(block=True, mute=True)
    assert seen_by_other(rules.blocked(tied)) == Bond(blocked=True)
    both = rules.blocked(seen_by_other(rules.blocked(Bond())))
    assert rules.unblocked(both) == Bond(blocked=True)
    assert rules.unblocked(both).cut


def test_friends_of_protected_people_need_not_ask() -> None:
    """S-06: they may see everything already."""
    followed = rules.followed(Bond(friend="friends"), asks=True, request_id=new_id())
    assert (followed.follow, followed.follow_request) == ("yes", None)


@pytest.mark.parametrize(
    ("tie", "visibility", "setting", "shown"),
    [
        (Tie(), "public", "everyone", True),
        (Tie(), "public", "followers", False),
        (Tie(follow="yes"), "public", "followers", True),
        (Tie(follow="asked"), "public", "followers", False),
        (Tie(follow="yes"), "public", "friends", False),
        (Tie(friend="friends"), "public", "friends", True),
        (Tie(friend="friends"), "public", "me", False),
        (Tie(), "protected", "everyone", False),
        (Tie(follow="yes"), "protected", "everyone", True),
        (Tie(follow="yes"), "protected", "me", False),
    ],
)
def test_who_sees_connections(tie: Tie, visibility: str, setting: str, shown: bool) -> None:
    """S-02, I6: as the setting says; those of protected people are for followers at most."""
    person = PersonFacts(new_id(), "ada", "Ada", visibility, settings={"connections": setting})
    assert connections_shown(Viewer(id=new_id(), ties={person.id: tie}), person) is shown
    assert connections_shown(Viewer(id=person.id), person)
