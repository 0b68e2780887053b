"""An order's status follows from its parts."""

from uuid import UUID

from fourfold.commerce.orders import queries, tables
from fourfold.commerce.orders.move import Move, must_move, write_moves
from fourfold.commerce.orders.rules import ORDER_MOVES, status_from_parts
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
