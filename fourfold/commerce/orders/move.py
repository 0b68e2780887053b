"""Moving an order or a part of it: refused when the rules do not allow it, and kept in the order's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fourfold.commerce.orders import tables
from fourfold.commerce.orders.rules import Mover, Moves, Status, may_move, moves_open_to
from fourfold.ground.refusals import Conflict
from fourfold.ground.who import Who
from fourfold.ground.work import Work


class IllegalMove(Conflict):
    """409: from this status that move is not possible, or not for this caller."""

    code = "commerce.illegal_move"
    title = "The present status does not allow this"


@dataclass(frozen=True, slots=True)
class Move:
    """One line of an order's history; `fulfilment_id` of None speaks of the whole order."""

    order_id: UUID
    was: Status | None
    became: Status
    note: str = ""
    fulfilment_id: UUID | None = None


def mover_of(who: Who) -> Mover:
    """As whom the caller moves orders; a vendor is told apart by the fulfilment that it owns."""
    if who.kind == "system":
        return "system"
    return "administrator" if who.may("commerce:orders:read_all") else "buyer"


def must_move(moves: Moves, was: Status, became: Status, mover: Mover) -> None:
    """Raises `IllegalMove` unless the mover may make this move; the refusal names the moves that are open."""
    if not may_move(moves, was, became, mover):
        raise IllegalMove(
            f"It is {was}, and cannot become {became}.",
            more={"current_status": was, "open_moves": moves_open_to(moves, was, mover)},
        )


async def write_moves(work: Work, moves: Sequence[Move]) -> None:
    """Adds the moves to the history, in the name of the caller."""
    for move in moves[:1]:
        if move.was is not None:
            work.changed({"status": move.was}, {"status": move.became})
    await tables.insert_history(
        work.db, work.who.tenant_id, work.now, work.who.principal,
        [(move.order_id, move.fulfilment_id, move.was, move.became, move.note) for move in moves],
    )  # fmt: skip
