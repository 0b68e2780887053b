"""What is decided about messages, tried with everything that can be."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.messages.rules import (
    Role,
    Seat,
    answered_by,
    direct_id,
    heir,
    is_for,
    may_manage,
    may_remove,
    may_write_to,
)
from fourfold.social.visibility.rules import PersonFacts, Tie, Viewer

ADA, BOB, EVE, TENANT = (new_id() for _ in range(4))


def message(by: UUID, seq: int, *named: UUID, answers: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"seq": seq, "by": by, "involved": [by, *named], "answers": answers}


def test_two_have_one_id() -> None:
    """S-42, I8: it follows from the two and their tenant, in either order."""
    assert direct_id(TENANT, ADA, BOB) == direct_id(TENANT, BOB, ADA)
    others = {direct_id(tenant, one, other) for tenant in (TENANT, EVE) for one, other in ((ADA, BOB), (ADA, EVE))}
    assert len(others) == 4


def test_what_is_read() -> None:
    """S-42, I1: what was said since they came, of and about nobody from whom they are cut off."""
    viewer, seat = Viewer(id=BOB, cut=frozenset({EVE})), Seat(BOB, joined_seq=5)
    assert is_for(viewer, seat, message(ADA, 6))
    assert not is_for(viewer, seat, message(ADA, 5))
    assert not is_for(viewer, seat, message(EVE, 6))
    assert not is_for(viewer, seat, message(ADA, 6, EVE))


def test_what_is_answered_to() -> None:
    """S-42, I2: only what they read themselves."""
    viewer, seat, answered = Viewer(id=BOB, cut=frozenset({EVE})), Seat(BOB, joined_seq=5), new_id()

    def shown(seq: int, by: UUID) -> UUID | None:
        told = {"id": answered, "seq": seq, "involved": [by]}
        return answered_by(viewer, seat, message(ADA, 9, answers=told))

    assert [shown(6, ADA), shown(5, ADA), shown(6, EVE)] == [answered, None, None]
    assert answered_by(viewer, seat, message(ADA, 9)) is None


@pytest.mark.parametrize("setting", ["everyone", "followers", "friends", "nobody"])
def test_who_is_written_to(setting: str) -> None:
    """S-42: whoever has written is answered, unless they want nobody's messages or there is a block."""
    person = PersonFacts(BOB, "bob", "Bob", settings={"message": setting})
    stranger = Viewer(id=ADA)
    assert may_write_to(stranger, person, has_written=True) == (setting != "nobody")
    assert may_write_to(stranger, person, has_written=False) == (setting == "everyone")
    friend = Viewer(id=ADA, ties={BOB: Tie(friend="friends")})
    assert may_write_to(friend, person, has_written=False) == (setting != "nobody")
    assert not may_write_to(Viewer(id=ADA, cut=frozenset({BOB})), person, has_written=True)


def test_who_decides_in_a_group() -> None:
    """S-42: owners everything, admins about members, members nothing."""
    roles: tuple[Role, ...] = ("owner", "admin", "member")
    assert [may_manage(role) for role in roles] == [True, True, False]
    allowed = {(one, other) for one in roles for other in roles if may_remove(one, other)}
    assert allowed == {("owner", "owner"), ("owner", "admin"), ("owner", "member"), ("admin", "member")}


def test_heirs() -> None:
    """S-42: the first admin, else the first member, in whatever order they are given."""
    seats = [Seat(ADA, joined_seq=0), Seat(BOB, "admin", joined_seq=7), Seat(EVE, "admin", joined_seq=3)]
    assert {heir(order) for order in permutations(seats)} == {EVE}
    assert {heir(order) for order in permutations([*seats[:1], Seat(BOB, joined_seq=7)])} == {ADA}
    assert heir([]) is None
