"""Ways in to carts, for visitors and for buyers who are signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Path, Query, Response

from fourfold.commerce.carts.change import (
    AddCoupon,
    AddLine,
    SetQuantity,
    add_coupon,
    add_line,
    remove_coupon,
    remove_line,
    set_quantity,
)
from fourfold.commerce.carts.open import OpenCart, merge_cart, open_and_show
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.carts.show import show_cart
from fourfold.commerce.pricing.basket import Destination
from fourfold.commerce.pricing.countries import CountryCode
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce/carts", "carts")

PublicWork = Annotated[Work, public(opens=Work)]
Shipping = Annotated[UUID | None, Query(description="Price this way to send instead of the cheapest.")]
Region = Annotated[str, Query(max_length=100, description="The state or province that the goods go to.")]
Country = Annotated[CountryCode | None, Query(description="The country that the goods go to.")]


@router.post(
    "",
    status_code=201,
    summary="Open a cart",
    responses={**problems(401, 404, 409), 200: {"model": CartShape, "description": "The cart that is open already."}},
)
async def open_cart_here(
    response: Response, work: PublicWork, ask: Annotated[OpenCart | None, Body()] = None
) -> CartShape:
    """A buyer who is signed in has one open cart: opening again answers 200 with it. A visitor gets a new one.

    `merge` names the cart that the buyer filled before signing in: its lines are added to their own.
    """
    if ask is not None and ask.merge is not None:
        cart, is_new = await merge_cart(work, ask.merge)
    else:
        cart, is_new = await open_and_show(work, ask.currency if ask else None)
    if not is_new:
        response.status_code = 200
    return cart


@router.get("/{cart_id}", summary="Read a cart", responses=problems(404))
async def cart_here(
    cart_id: UUID,
    view: Annotated[View, public(opens=View)],
    country: Country = None,
    region: Region = "",
    shipping_method: Shipping = None,
) -> CartShape:
    """The cart at present prices, and what has changed since the buyer last touched it.

    Without a country, taxes and carriage are those of the shop's own country, or those that hold everywhere. A
    visitor's cart is read by its id, one of an account only by its buyer.
    """
    destination = Destination(country, region, shipping_method)
    return await show_cart(view, cart_id, destination)


@router.post("/{cart_id}/merge", summary="Take a visitor's cart along", responses=problems(401, 403, 404, 409))
async def merge_cart_here(cart_id: UUID, work: Annotated[Work, may("commerce:orders:read")]) -> CartShape:
    """Adds the lines of a visitor's cart to the cart of the buyer, who has signed in since."""
    cart, _ = await merge_cart(work, cart_id)
    return cart


@router.post("/{cart_id}/lines", status_code=201, summary="Put something into a cart", responses=problems(404, 409))
async def add_line_here(cart_id: UUID, ask: AddLine, work: PublicWork) -> CartShape:
    """Adds pieces of a variant; of one that is in the cart already, so many more."""
    return await add_line(work, cart_id, ask)


@router.patch("/{cart_id}/lines/{line_id}", summary="Change a quantity", responses=problems(404, 409))
async def set_quantity_here(cart_id: UUID, line_id: UUID, ask: SetQuantity, work: PublicWork) -> CartShape:
    """Sets how many pieces a line has."""
    return await set_quantity(work, cart_id, line_id, ask)


@router.delete("/{cart_id}/lines/{line_id}", summary="Take something out of a cart", responses=problems(404, 409))
async def remove_line_here(cart_id: UUID, line_id: UUID, work: PublicWork) -> CartShape:
    """Removes a line, and answers with what is left."""
    return await remove_line(work, cart_id, line_id)


@router.post("/{cart_id}/coupons", summary="Use a coupon", responses=problems(404, 409))
async def add_coupon_here(cart_id: UUID, ask: AddCoupon, work: PublicWork) -> CartShape:
    """Adds a code. One that does not hold is refused; one that needs a larger cart stays, and says so."""
    return await add_coupon(work, cart_id, ask)


@router.delete("/{cart_id}/coupons/{code}", summary="Take a coupon out", responses=problems(404, 409))
async def remove_coupon_here(cart_id: UUID, code: Annotated[str, Path(max_length=40)], work: PublicWork) -> CartShape:
    """Removes a code, and answers with the cart."""
    return await remove_coupon(work, cart_id, code)
