"""Showing a cart: repriced each time."""

from fourfold.commerce.carts.queries import Cart
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.pricing.basket import Destination, PricedCart, quote_cart
from fourfold.ground.work import View

ANYWHERE = Destination()


async def priced(view: View, cart: Cart, destination: Destination = ANYWHERE) -> PricedCart:
    """The cart's lines and its quote, now."""
    return await quote_cart(view.db, cart.id, cart.currency, cart.coupons, destination, at=view.now)


async def show_cart(view: View, cart: Cart, destination: Destination = ANYWHERE) -> CartShape:
    """The whole cart as it leaves."""
    return CartShape.of(cart, await priced(view, cart, destination))
