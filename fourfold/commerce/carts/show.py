"""Showing a cart: repriced each time."""

from fourfold.commerce.carts.queries import Cart
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.pricing.basket import Destination, PricedCart, quote_cart
from fourfold.ground.money import NotMoney
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import View

ANYWHERE = Destination()


class CartTooDear(Conflict):
    """409: its price would pass what can be counted."""

    code = "commerce.cart_too_dear"
    title = "The cart costs more than can be counted"


async def priced(view: View, cart: Cart, destination: Destination = ANYWHERE) -> PricedCart:
    """The cart's lines and its quote, now; raises `CartTooDear`."""
    try:
        return await quote_cart(view.db, cart.id, cart.currency, cart.coupons, destination, at=view.now)
    except NotMoney as problem:
        raise CartTooDear(str(problem)) from problem


async def show_cart(view: View, cart: Cart, destination: Destination = ANYWHERE) -> CartShape:
    """The whole cart as it leaves."""
    return CartShape.of(cart, await priced(view, cart, destination))
