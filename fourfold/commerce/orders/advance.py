"""An order follows what happens to it: its status its parts, and its payment status the refunds."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.commerce.orders import queries, tables
from fourfold.commerce.orders.move import Move, must_move, write_moves
from fourfold.commerce.orders.rules import ORDER_MOVES, status_from_parts
from fourfold.ground.money import Money
from fourfold.ground.work import Work


async def order_follows_fulfilments(work: Work, order_id: UUID) -> None:
    """Brings the order to the status that its parts give it; to be called after each move of a part.

    Raises `NoSuchOrder`. Locks the order before its parts, as cancelling does.
    """
    order = await queries.order_locked(work.db, order_id)
    parts = await queries.parts_locked(work.db, order_id)
    became = status_from_parts([part["status"] for part in parts])
    if became == order["status"]:
        return
    must_move(ORDER_MOVES, order["status"], became, "system")
    await tables.set_status(work.db, order_id, became)
    await write_moves(work, [Move(order_id, order["status"], became)])


async def order_is_refunded(work: Work, order_id: UUID, amount: Money, *, was: str, actor: str, note: str) -> None:
    """Counts an amount that has gone back to the buyer, and tells it in the history; the caller holds the order."""
    became = await tables.count_refund(work.db, order_id, amount.amount)
    await tables.insert_history(
        work.db, work.who.tenant_id, work.now, actor, [(order_id, None, was, became, note)]
    )  # fmt: skip


async def count_refunded_pieces(work: Work, pieces: Sequence[tuple[UUID, int]]) -> None:
    """Counts pieces of lines (id, how many) as refunded; negative numbers take that back."""
    await tables.add_refunded_pieces(work.db, [line_id for line_id, _ in pieces], [count for _, count in pieces])
