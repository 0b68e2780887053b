"""The rules of moves: final states stay final, and an order follows its parts."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.commerce.orders.rules import (
    ORDER_MOVES,
    PART_MOVES,
    STATUSES,
    Mover,
    Moves,
    Status,
    may_move,
    moves_open_to,
    status_from_parts,
)

MOVERS: tuple[Mover, ...] = ("buyer", "vendor", "administrator", "system")


@pytest.mark.parametrize("moves", [ORDER_MOVES, PART_MOVES])
def test_final_states_are_final(moves: Moves) -> None:
    """C-30: nobody moves anything that is delivered or cancelled, nothing stays by moving, nothing goes back."""
    for was, became, mover in itertools.product(STATUSES, STATUSES, MOVERS):
        if may_move(moves, was, became, mover):
            assert was not in {"delivered", "cancelled"}
            assert STATUSES.index(was) < STATUSES.index(became)


def test_only_what_has_not_left_is_cancelled() -> None:
    """C-30: an order is cancelled from pending and processing, by its buyer, administrators or the system."""
    for was, mover in itertools.product(STATUSES, MOVERS):
        wanted = was in {"pending", "processing"} and mover != "vendor"
        assert may_move(ORDER_MOVES, was, "cancelled", mover) is wanted
        assert may_move(PART_MOVES, was, "cancelled", mover) is wanted


def test_open_moves_are_the_allowed_ones() -> None:
    """C-30: what a refusal names as open is what would be allowed."""
    for was, mover in itertools.product(STATUSES, MOVERS):
        named = moves_open_to(PART_MOVES, was, mover)
        assert named == [became for became in named if may_move(PART_MOVES, was, became, mover)]
        assert set(named) == {became for became in STATUSES if may_move(PART_MOVES, was, became, mover)}
    assert moves_open_to(PART_MOVES, "processing", "vendor") == ["shipped"]
    assert moves_open_to(PART_MOVES, "delivered", "administrator") == []


@given(st.lists(st.integers(0, 2), min_size=1, max_size=5), st.data())
def test_an_order_follows_any_way_of_its_parts(starts: list[int], data: st.DataObject) -> None:
    """C-31: whatever parts move in whatever order, each move of the order that follows is an allowed one."""
    parts: list[Status] = ["processing" for _ in starts]
    order: Status = "processing"
    for _ in range(data.draw(st.integers(0, 12))):
        which = data.draw(st.integers(0, len(parts) - 1))
        ways = [became for became in moves_open_to(PART_MOVES, parts[which], "vendor") if became != "cancelled"]
        if not ways:
            continue
        parts[which] = ways[0]
        became = status_from_parts(parts)
        assert became == order or may_move(ORDER_MOVES, order, became, "system")
        order = became
    assert (order == "delivered") is all(part == "delivered" for part in parts)


@given(st.lists(st.sampled_from(STATUSES), max_size=6))
def test_the_order_is_as_far_as_its_last_part(parts: list[Status]) -> None:
    """C-31: cancelled parts do not hold an order up; with none left it is cancelled itself."""
    alive = [part for part in parts if part != "cancelled"]
    status = status_from_parts(parts)
    assert (status == "cancelled") is (not alive)
    assert all(STATUSES.index(status) <= STATUSES.index(part) for part in alive)
