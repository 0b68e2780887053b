"""Ordering the same again: what is still sold goes into the buyer's cart."""

from uuid import UUID

from fourfold.commerce.carts.change import put_back
from fourfold.commerce.catalog.queries import sellable_variants
from fourfold.commerce.orders.queries import lines_of_buyer
from fourfold.commerce.orders.shapes import NotSoldShape, ReorderedShape
from fourfold.ground.work import Work


async def reorder(work: Work, order_id: UUID) -> ReorderedShape:
    """Puts the lines of one of the caller's orders into their open cart, and says what is not sold any more.

    Raises `NoSuchOrder`. The cart tells of prices that have changed and of what is out of stock.
    """
    lines = await lines_of_buyer(work, order_id)
    variants = await sellable_variants(work.db, [line["variant_id"] for line in lines])
    sold = [line for line in lines if line["variant_id"] in variants and variants[line["variant_id"]].sellable]
    cart = await put_back(work, [(line["variant_id"], line["quantity"]) for line in sold])
    gone = [NotSoldShape(**dict(line)) for line in lines if line not in sold]
    return ReorderedShape(cart=cart, not_sold=gone)
