"""A cart is opened; what a visitor has put into one is taken along when they sign in."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.carts import tables
from fourfold.commerce.carts.queries import Cart, open_cart_of, visitors_cart
from fourfold.commerce.carts.rules import MOST_COUPONS, MOST_PIECES
from fourfold.commerce.pricing.defaults import ensure_pricing
from fourfold.commerce.vendors.shop import ensure_shop
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
    account_id = work.who.account_id
    if account_id is not None:
        cart = await open_cart_of(work, account_id)
        if cart is not None:
            return cart, False
    shop = await ensure_shop(work)
    await ensure_pricing(work, shop.currency)
    cart = Cart(new_id(), account_id, "open", currency or shop.currency, ())
    if await tables.insert_cart(work.db, work.who.tenant_id, cart.id, account_id, cart.currency, work.now):
        return cart, True
    if account_id is None or (theirs := await open_cart_of(work, account_id)) is None:
        raise CartClosed("Your cart was ordered while it was being opened; try again.")
    return theirs, False


async def merge_cart(work: Work, visitors_id: UUID) -> tuple[Cart, bool]:
    """Pours a visitor's cart into the caller's own; a cart that was poured out before changes nothing.

    Raises 401 for a visitor, `NoSuchCart`, and `CartClosed` for a cart that has been ordered.
    """
    account_id = work.who.account
    source = await visitors_cart(work, visitors_id)
    if source.status == "ordered":
        raise CartClosed
    cart, is_new = await open_cart(work, source.currency)
    if source.status == "merged":
        return cart, is_new
    await tables.pour_lines(work.db, work.who.tenant_id, source.id, cart.id, work.now, MOST_PIECES)
    coupons = tuple(dict.fromkeys((*cart.coupons, *source.coupons)))[:MOST_COUPONS]
    merged = replace(cart, account_id=account_id, coupons=coupons)
    await tables.update_cart(work.db, merged.id, merged.currency, merged.coupons, work.now)
    await tables.update_cart(work.db, source.id, source.currency, source.coupons, work.now, status="merged")
    return merged, is_new
