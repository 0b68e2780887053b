"""How a person is forgotten in the tables of other rooms: in one place, so that nothing is left out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def blank_buyer(
    db: Connection, order_id: UUID, email: str, shipping: Mapping[str, Any], billing: Mapping[str, Any]
) -> None:
    """Puts these in the place of the buyer's address and of where the order went."""
    await db.execute(
        "UPDATE commerce.customer_order SET email = $2, shipping_address = $3, billing_address = $4 WHERE id = $1",
        order_id, email, shipping, billing,
    )  # fmt: skip


async def blank_coupon_uses(db: Connection, order_ids: Sequence[UUID]) -> None:
    """Puts the order in the place of the address by which the uses of its coupons were counted."""
    await db.execute(
        "UPDATE commerce.coupon_use SET customer = 'erased-' || order_id WHERE order_id = ANY($1::uuid[])",
        list(order_ids),
    )


async def delete_carts(db: Connection, account_id: UUID) -> int:
    """Removes an account's carts that did not become orders, and says how many."""
    done = await db.execute("DELETE FROM commerce.cart WHERE account_id = $1 AND status <> 'ordered'", account_id)
    return int(done.split()[-1])
