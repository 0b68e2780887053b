"""The moves that an order and a vendor's part of it may make, who may make them, and what follows for the order."""

from collections.abc import Collection, Mapping
from typing import Literal

Status = Literal["pending", "processing", "shipped", "delivered", "cancelled"]
Mover = Literal["buyer", "vendor", "administrator", "system"]
Moves = Mapping[tuple[Status, Status], frozenset[Mover]]

STATUSES: tuple[Status, ...] = ("pending", "processing", "shipped", "delivered", "cancelled")

_PEOPLE_OF_THE_ORDER: frozenset[Mover] = frozenset({"buyer", "administrator", "system"})
_SENDERS: frozenset[Mover] = frozenset({"vendor", "administrator", "system"})
_SYSTEM: frozenset[Mover] = frozenset({"system"})

# A payment moves an order on; after that it follows its parts. Cancelling frees stock and coupons, and refunds.
ORDER_MOVES: Moves = {
    ("pending", "processing"): _SYSTEM,
    ("pending", "cancelled"): _PEOPLE_OF_THE_ORDER,
    ("processing", "cancelled"): _PEOPLE_OF_THE_ORDER,
    ("processing", "shipped"): _SYSTEM,
    ("processing", "delivered"): _SYSTEM,
    ("shipped", "delivered"): _SYSTEM,
}

# A part is sent and delivered by its vendor, and is cancelled only with its whole order.
PART_MOVES: Moves = {
    ("pending", "processing"): _SYSTEM,
    ("pending", "cancelled"): _PEOPLE_OF_THE_ORDER,
    ("processing", "cancelled"): _PEOPLE_OF_THE_ORDER,
    ("processing", "shipped"): _SENDERS,
    ("shipped", "delivered"): _SENDERS,
}


def may_move(moves: Moves, was: Status, became: Status, mover: Mover) -> bool:
    """Whether the mover may take it from one status to the other; staying where it is is no move."""
    return mover in moves.get((was, became), frozenset())


def moves_open_to(moves: Moves, was: Status, mover: Mover) -> list[Status]:
    """Where the mover may take it from here."""
    return [became for (start, became), movers in moves.items() if start == was and mover in movers]


def status_from_parts(parts: Collection[Status]) -> Status:
    """The status of an order with these parts: that of the part that is least far, cancelled ones aside."""
    alive = [part for part in parts if part != "cancelled"]
    return min(alive, key=STATUSES.index, default="cancelled")
