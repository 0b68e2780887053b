"""A cart is opened; what a visitor has put into one is taken along when they sign in."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.carts import tables
from fourfold.commerce.carts.queries import Cart, visitors_cart
from fourfold.commerce.carts.rules import MOST_COUPONS, MOST_PIECES
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.carts.show import show_cart
from fourfold.commerce.pricing.basket import quote_nothing
from fourfold.commerce.pricing.defaults import ensure_pricing
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.contracts.figures import carts_opened_total
from fourfold.ground.ids import new_id
from fourfold.ground.money import CurrencyCode
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class OpenCart(BaseModel):
    """A cart that is wanted; with `merge`, what a visitor's cart holds is poured into the caller's own."""

    model_config = ConfigDict(extra="forbid")
    currency: CurrencyCode | None = None
    merge: Annotated[UUID | None, Field(description="A visitor's cart; only for buyers who are signed in.")] = None


class CartClosed(Conflict):
    """409: the cart has become an order, or was poured into another cart."""

    code = "commerce.cart_closed"
    title = "The cart is closed"


async def open_cart(work: Work, currency: str | None = None) -> tuple[Cart, bool]:
    """The caller's open cart, and whether it is new; a visitor gets a new one each time."""
    for attempt in range(2):
        row = await tables.open_cart(work.db, work.who.tenant_id, new_id(), work.who.account_id, currency, work.now)
        if row is not None:
            if row["is_new"]:
                work.count(carts_opened_total)
            return Cart.of(row), row["is_new"]
        if attempt == 0:
            await ensure_pricing(work, (await ensure_shop(work)).currency)
    raise CartClosed("Your cart was ordered while it was being opened; try again.")


async def open_and_show(work: Work, currency: str | None = None) -> tuple[CartShape, bool]:
    """The caller's open cart as it leaves, and whether it is new."""
    cart, is_new = await open_cart(work, currency)
    if is_new:
        return CartShape.of(cart, quote_nothing(cart.currency, at=work.now)), True
    return await show_cart(work, cart.id), False


async def merge_cart(work: Work, visitors_id: UUID) -> tuple[CartShape, bool]:
    """Pours a visitor's cart into the caller's own; a cart that was poured out before changes nothing.

    Raises 401 for a visitor, `NoSuchCart`, and `CartClosed` for a cart that has been ordered.
    """
    account_id = work.who.account
    source = await visitors_cart(work, visitors_id)
    if source.status == "ordered":
        raise CartClosed
    cart, is_new = await open_cart(work, source.currency)
    if source.status == "open" and await tables.touch_cart(work.db, cart.id, account_id, work.now):
        await tables.pour_lines(work.db, work.who.tenant_id, source.id, cart.id, work.now, MOST_PIECES)
        codes = tuple(dict.fromkeys((*cart.codes, *source.codes)))[:MOST_COUPONS]
        await tables.update_cart(work.db, cart.id, cart.currency, codes, work.now)
        await tables.update_cart(work.db, source.id, source.currency, source.codes, work.now, status="merged")
    return await show_cart(work, cart.id), is_new
