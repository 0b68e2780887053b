"""Showing a cart: repriced each time."""

from uuid import UUID

from fourfold.commerce.carts.queries import Cart, NoSuchCart
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.pricing.basket import Destination, PricedCart, quote_cart
from fourfold.commerce.pricing.queries import price_factors
from fourfold.ground.money import NotMoney
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import View

ANYWHERE = Destination()


class CartTooDear(Conflict):
    """409: its price would pass what can be counted."""

    code = "commerce.cart_too_dear"
    title = "The cart costs more than can be counted"


async def priced_cart(view: View, cart_id: UUID, destination: Destination = ANYWHERE) -> tuple[Cart, PricedCart]:
    """The caller's cart with its lines and its quote, now; raises `NoSuchCart` and `CartTooDear`."""
    country, region = destination.country, destination.region.strip()
    factors = await price_factors(view.db, cart_id, view.who.account_id, country, region)
    if factors is None:
        raise NoSuchCart
    try:
        return Cart.of(factors), quote_cart(factors, destination.method, at=view.now)
    except NotMoney as problem:
        raise CartTooDear(str(problem)) from problem


async def show_cart(view: View, cart_id: UUID, destination: Destination = ANYWHERE) -> CartShape:
    """The whole cart as it leaves."""
    return CartShape.of(*await priced_cart(view, cart_id, destination))
