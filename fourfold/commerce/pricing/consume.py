"""Coupons are used up by orders, and given back when an order is cancelled."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.commerce.pricing import tables
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class CouponUsedUp(Conflict):
    """409: somebody else has had the last use of a coupon, or this customer has had theirs."""

    code = "commerce.coupon_used_up"
    title = "A coupon has been used up"


async def consume_coupons(work: Work, order_id: UUID, codes: Sequence[str], customer: str) -> None:
    """Counts one use of each coupon for an order; `customer` is the e-mail address that its limit counts by.

    Raises `CouponUsedUp`, so that the order falls through with all it did.
    """
    if not codes:
        return
    taken = await tables.take_coupons(work.db, codes)
    if len(taken) < len(codes):
        missing = sorted(set(codes) - {row["code"] for row in taken})
        raise CouponUsedUp(f"{missing[0]} has been used as often as it may be.", more={"coupons": missing})
    used = await tables.insert_uses(
        work.db, work.who.tenant_id, order_id, [row["id"] for row in taken], customer.lower(), work.now
    )
    if len(used) < len(taken):
        missing = sorted(row["code"] for row in taken if row["id"] not in used)
        raise CouponUsedUp(f"You have used {missing[0]} as often as you may.", more={"coupons": missing})


async def return_coupons(work: Work, order_id: UUID) -> None:
    """Gives the uses of an order back; does nothing the second time."""
    await tables.return_uses(work.db, order_id)
