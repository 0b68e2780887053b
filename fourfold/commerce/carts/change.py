"""Changing what is in a cart: lines, quantities, coupons. Each change answers with the whole cart, repriced."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.carts import tables
from fourfold.commerce.carts.open import CartClosed, open_cart
from fourfold.commerce.carts.queries import Cart, cart_of_caller
from fourfold.commerce.carts.rules import MOST_COUPONS, MOST_LINES, MOST_PIECES
from fourfold.commerce.carts.shapes import CartShape
from fourfold.commerce.carts.show import priced_cart, show_cart
from fourfold.commerce.catalog.queries import SellableVariant
from fourfold.commerce.pricing.basket import CartLine, PricedCart
from fourfold.commerce.pricing.coupons import same_code
from fourfold.commerce.stock.reserve import OutOfStock
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, Invalid, NotFound
from fourfold.ground.work import Work

Quantity = Annotated[int, Field(ge=1, le=MOST_PIECES, strict=True, examples=[1])]
Code = Annotated[str, Field(min_length=1, max_length=40, examples=["WELCOME10"])]

# A cart may keep these: they start to hold when the cart grows, or its content changes.
_MAY_STAY = {"minimum_not_reached", "nothing_eligible"}


class AddLine(BaseModel):
    """Pieces of a variant; of one that is in the cart already, so many more."""

    model_config = ConfigDict(extra="forbid")
    variant_id: UUID
    quantity: Quantity = 1


class SetQuantity(BaseModel):
    """How many pieces a line is to have."""

    model_config = ConfigDict(extra="forbid")
    quantity: Quantity


class AddCoupon(BaseModel):
    """A code; case does not matter."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: Code


class NoSuchVariant(NotFound):
    """404: there is no such variant."""

    code = "commerce.no_such_variant"
    title = "There is no such variant"


class NoSuchLine(NotFound):
    """404: the cart has no such line."""

    code = "commerce.no_such_line"
    title = "The cart has no such line"


class NotForSale(Conflict):
    """409: it cannot be bought, or not in the currency of the cart."""

    code = "commerce.not_for_sale"
    title = "This cannot be bought"


class CartFull(Conflict):
    """409: a cart has only so many lines, or coupons."""

    code = "commerce.cart_full"
    title = "The cart is full"


class CouponNotValid(Invalid):
    """422: the code does nothing; `problem` says why."""

    code = "commerce.coupon_not_valid"
    title = "This code does not hold"


async def add_line(work: Work, cart_id: UUID, ask: AddLine) -> CartShape:
    """Puts pieces into the cart; an empty cart takes the currency of the first thing in it."""
    line_id = await _add(work, cart_id, ask.variant_id, ask.quantity)
    cart, found = await priced_cart(work, cart_id)
    if len(found.lines) > MOST_LINES:
        raise CartFull(f"A cart has at most {MOST_LINES} lines.")
    variant = found.variants[ask.variant_id]
    if len(found.lines) == 1 and variant.currency != cart.currency:
        await tables.update_cart(work.db, cart.id, variant.currency, cart.codes, work.now)
        cart, found = await priced_cart(work, cart_id)
    _check_line(next(line for line in found.lines if line.id == line_id), variant, cart)
    return await _shown(work, cart, found)


async def set_quantity(work: Work, cart_id: UUID, line_id: UUID, ask: SetQuantity) -> CartShape:
    """Sets how many pieces a line has."""
    await _take(work, cart_id)
    if not await tables.set_quantity(work.db, cart_id, line_id, ask.quantity):
        raise NoSuchLine
    cart, found = await priced_cart(work, cart_id)
    line = next(line for line in found.lines if line.id == line_id)
    _check_line(line, found.variants[line.variant_id], cart)
    return await _shown(work, cart, found)


async def remove_line(work: Work, cart_id: UUID, line_id: UUID) -> CartShape:
    """Takes a line out of the cart."""
    await _take(work, cart_id)
    if not await tables.delete_line(work.db, cart_id, line_id):
        raise NoSuchLine
    return await _shown(work, *await priced_cart(work, cart_id))


async def add_coupon(work: Work, cart_id: UUID, ask: AddCoupon) -> CartShape:
    """Adds a code; refused when there is none, or not now, but kept while the cart is too small for it."""
    code = ask.code.upper()
    await _take(work, cart_id)
    cart = await cart_of_caller(work, cart_id)
    if code not in cart.codes:
        if len(cart.codes) == MOST_COUPONS:
            raise CartFull(f"A cart has at most {MOST_COUPONS} coupons.")
        await tables.update_cart(work.db, cart.id, cart.currency, (*cart.codes, code), work.now)
    cart, found = await priced_cart(work, cart_id)
    for problem in found.quote.problems:
        if same_code(problem.coupon) == same_code(code) and problem.code not in _MAY_STAY:
            raise CouponNotValid(problem.text, more={"problem": problem.code})
    return await _shown(work, cart, found)


async def remove_coupon(work: Work, cart_id: UUID, code: str) -> CartShape:
    """Takes a code out; one that is not there changes nothing."""
    await _take(work, cart_id)
    cart = await cart_of_caller(work, cart_id)
    left = tuple(each for each in cart.codes if same_code(each) != same_code(code))
    if left != cart.codes:
        await tables.update_cart(work.db, cart.id, cart.currency, left, work.now)
    return await _shown(work, *await priced_cart(work, cart_id))


async def put_back(work: Work, pieces: Sequence[tuple[UUID, int]]) -> CartShape:
    """Adds pieces (variant, quantity) to the caller's open cart, in stock or not; they have all been sold before."""
    cart, _ = await open_cart(work)
    for variant_id, quantity in pieces:
        await _add(work, cart.id, variant_id, quantity)
    return await show_cart(work, cart.id)


async def _add(work: Work, cart_id: UUID, variant_id: UUID, quantity: int) -> UUID:
    found, line_id = await tables.add_line(
        work.db, work.who.tenant_id, new_id(), cart_id, variant_id, quantity, MOST_PIECES, work.now,
        work.who.account_id,
    )  # fmt: skip
    if found is None:
        raise await _not_open(work, cart_id)
    if line_id is None:
        raise NoSuchVariant
    return line_id


async def _take(work: Work, cart_id: UUID) -> None:
    """Takes the caller's cart to change it: others wait until the transaction ends."""
    if not await tables.touch_cart(work.db, cart_id, work.who.account_id, work.now):
        raise await _not_open(work, cart_id)


async def _not_open(work: Work, cart_id: UUID) -> CartClosed:
    cart = await cart_of_caller(work, cart_id)
    return CartClosed(f"The cart is {cart.status}; open a new one.")


def _check_line(line: CartLine, variant: SellableVariant, cart: Cart) -> None:
    """Only what can be ordered is put into a cart; what changes later is told instead."""
    if not variant.sellable:
        raise NotForSale(f"{variant.product_title} is not sold.")
    if variant.currency != cart.currency:
        raise NotForSale(f"{variant.product_title} is sold in {variant.currency}, and the cart is in {cart.currency}.")
    if line.quantity > variant.available:
        available = max(variant.available, 0)
        short = {"variant_id": str(line.variant_id), "wanted": line.quantity, "available": available}
        raise OutOfStock(f"There are {available} in stock.", more={"lines": [short]})


async def _shown(work: Work, cart: Cart, found: PricedCart) -> CartShape:
    """The answer tells what has changed; from then on the buyer has seen it."""
    repriced = [
        (line.id, variant.price)
        for line in found.lines
        if (variant := found.variants[line.variant_id]).price != line.seen_price and variant.currency == cart.currency
    ]
    if repriced:
        line_ids, prices = zip(*repriced, strict=True)
        await tables.mark_seen(work.db, line_ids, prices)
    return CartShape.of(cart, found)
