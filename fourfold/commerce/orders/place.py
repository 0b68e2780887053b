"""The checkout: a cart becomes an order with a payment to be made, and its stock is set aside."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.carts.queries import Cart, cart_of_caller
from fourfold.commerce.carts.shapes import CartLineShape, TotalsShape
from fourfold.commerce.carts.show import priced_cart
from fourfold.commerce.orders import queries, tables
from fourfold.commerce.orders.shapes import AddressShape, OrderHeadShape, PaymentToMakeShape, PlacedShape
from fourfold.commerce.payments.open import open_first_payment
from fourfold.commerce.pricing.basket import Destination, PricedCart
from fourfold.commerce.pricing.consume import consume_coupons
from fourfold.commerce.pricing.quote import Quote, QuoteShipping
from fourfold.commerce.pricing.rules import commission_of, split_by_vendor
from fourfold.commerce.stock.reserve import OutOfStock, reserve_stock
from fourfold.contracts.commerce import OrderPlaced
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money, MoneyShape
from fourfold.ground.refusals import Conflict, FieldError, Invalid
from fourfold.ground.work import Work

# Crockford's digits: none of them is mistaken for another when it is read out.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class PlaceOrder(BaseModel):
    """Where the cart goes, how, and what the buyer has been told it costs."""

    model_config = ConfigDict(extra="forbid")
    email: Email | None = Field(None, description="For guests; a buyer who is signed in has an address already.")
    shipping_address: AddressShape
    billing_address: AddressShape | None = Field(None, description="Without it, the shipping address.")
    shipping_method: UUID | None = Field(None, description="Without it, the cheapest that serves the address.")
    expected_total: MoneyShape


class CartEmpty(Conflict):
    """409: there is nothing to be ordered."""

    code = "commerce.cart_empty"
    title = "The cart is empty"


class CartAlreadyOrdered(Conflict):
    """409: the cart has become an order; `order` names it."""

    code = "commerce.cart_already_ordered"
    title = "This cart has been ordered"


class CartChanged(Conflict):
    """409: the cart was changed by another request while it was being ordered."""

    code = "commerce.cart_changed"
    title = "The cart has been changed"


class LinesNotForSale(Conflict):
    """409: something in the cart cannot be bought any more; `lines` says what."""

    code = "commerce.lines_not_for_sale"
    title = "Something in the cart is not sold any more"


class PriceChanged(Conflict):
    """409: it costs something else than expected; `quote` says what now."""

    code = "commerce.price_changed"
    title = "The price has changed"


class NoShippingMethod(Invalid):
    """422: nothing carries these goods to that address, or the chosen method does not."""

    code = "commerce.no_shipping_method"
    title = "This cannot be sent to the address"


async def place_order(work: Work, cart_id: UUID, ask: PlaceOrder) -> PlacedShape:
    """Places the order of a cart, all or nothing: frozen prices, one part for each vendor, coupons, payment, stock.

    A cart becomes one order. Whoever checks it out again under another Idempotency-Key is refused, with the order's
    name: a second set of addresses must not seem to have been taken.
    """
    address = ask.shipping_address
    destination = Destination(address.country, address.region or "", ask.shipping_method)
    cart, found = await priced_cart(work, cart_id, destination)
    if cart.status != "open":
        raise await _closed(work, cart)
    email = work.who.email or ask.email
    if email is None:
        raise Invalid(errors=[FieldError("email", "A guest gives an e-mail address.", "missing")])
    shipping = _check(found, ask, address.country)
    order = _order(work, ask, email, found.quote, shipping)
    order_id = order["id"]
    await _write(work, cart, order, found)
    await consume_coupons(work, order_id, [each.code for each in found.quote.applied], email)
    total = found.quote.totals.total
    payment = open_first_payment(work, order_id, total)
    await reserve_stock(work, order_id, [(line.variant_id, line.quantity) for line in found.lines])
    _tell(work, order, total)
    return PlacedShape(
        order=OrderHeadShape(id=order_id, number=order["number"], status="pending", total=MoneyShape.of(total)),
        payment=PaymentToMakeShape(id=payment.id, client_secret=payment.client_secret, status=payment.status),
    )


def new_number(at: datetime) -> str:
    """A name for an order that people can read out, such as "260814-7K3Q-X9MB": its day, and forty bits of chance."""
    digits = "".join(secrets.choice(_DIGITS) for _ in range(8))
    return f"{at:%y%m%d}-{digits[:4]}-{digits[4:]}"


async def _write(work: Work, cart: Cart, order: dict[str, Any], found: PricedCart) -> None:
    """Writes the order if the cart is still the one that has been priced."""
    parts = _parts(found)
    lines = _lines(found, {part["vendor_id"]: part["id"] for part in parts})
    hold_until = work.now + timedelta(minutes=work.house.settings.hold_minutes)
    if not await tables.insert_order(
        work.db,
        work.who.tenant_id,
        work.now,
        hold_until,
        work.who.principal,
        order,
        parts,
        lines,
        cart.id,
        cart.version,
    ):
        raise await _closed(work, await cart_of_caller(work, cart.id))


async def _closed(work: Work, cart: Cart) -> Conflict:
    if cart.status == "open":
        return CartChanged("Look at it again: something was changed while it was being checked out.")
    order = await queries.order_of_cart(work.db, cart.id)
    if order is None:
        return CartEmpty("What was in the cart has been moved to another one.")
    total = MoneyShape.of(Money(order["total"], order["currency"]))
    head = OrderHeadShape(id=order["id"], number=order["number"], status=order["status"], total=total)
    return CartAlreadyOrdered(f"It is order {order['number']}.", more={"order": head.model_dump(mode="json")})


def _check(found: PricedCart, ask: PlaceOrder, country: str) -> QuoteShipping:
    """Raises unless all of the cart can be ordered at the expected price; gives the carriage."""
    if not found.lines:
        raise CartEmpty
    wrong = {line_id: problem for line_id, problem in found.problems.items() if problem != "out_of_stock"}
    if wrong:
        raise LinesNotForSale(more={"lines": _problem_lines(found, wrong)})
    if found.problems:
        short = [
            {
                "variant_id": str(line.variant_id),
                "wanted": line.quantity,
                "available": max(found.variants[line.variant_id].available, 0),
            }
            for line in found.lines
            if line.id in found.problems
        ]
        raise OutOfStock(more={"lines": short})
    shipping = found.quote.shipping
    if shipping is None:
        field = "shipping_method" if ask.shipping_method else "shipping_address.country"
        raise NoShippingMethod(errors=[FieldError(field, f"Nothing carries this to {country}.")])
    if found.quote.totals.total != ask.expected_total.money:
        raise PriceChanged(f"It costs {found.quote.totals.total} now.", more={"quote": _quote(found)})
    return shipping


def _problem_lines(found: PricedCart, wrong: Mapping[UUID, str]) -> list[dict[str, Any]]:
    return [
        {"line_id": str(line.id), "variant_id": str(line.variant_id), "problem": wrong[line.id]}
        for line in found.lines
        if line.id in wrong
    ]


def _quote(found: PricedCart) -> dict[str, Any]:
    quoted = {line.line_id: line for line in found.quote.lines}
    lines = [CartLineShape.of(line, found, quoted.get(line.id)) for line in found.lines]
    return {
        "totals": TotalsShape.of(found.quote.totals).model_dump(mode="json"),
        "lines": [line.model_dump(mode="json") for line in lines],
    }


def _order(work: Work, ask: PlaceOrder, email: str, quote: Quote, shipping: QuoteShipping) -> dict[str, Any]:
    """The order's row by column name, with all that later edits must not change; ids from the database as text."""
    totals = quote.totals
    address = ask.shipping_address.model_dump()
    return {
        "id": new_id(),
        "number": new_number(work.now),
        "account_id": str(work.who.account_id) if work.who.account_id else None,
        "email": email,
        "currency": quote.currency,
        "prices_include_tax": quote.prices_include_tax,
        "items": totals.items.amount,
        "discount": totals.discount.amount,
        "tax": totals.tax.amount,
        "shipping": totals.shipping.amount,
        "total": totals.total.amount,
        "shipping_address": address,
        "billing_address": ask.billing_address.model_dump() if ask.billing_address else address,
        "shipping_method": {"id": shipping.method_id, "name": shipping.name},
        "coupons": [{"code": each.code, "kind": each.kind, "amount": _plain(each.amount)} for each in quote.applied],
        "explanation": [
            {"about": each.about, "text": each.text, "amount": _plain(each.amount), "line_id": each.line_id}
            for each in quote.explanation
        ],
    }


def _parts(found: PricedCart) -> list[dict[str, Any]]:
    """One part for each vendor; commission is frozen with the rate of today."""
    vendors = {variant.vendor_id: variant for variant in found.variants.values()}
    return [
        {
            "id": new_id(),
            "vendor_id": str(share.vendor_id),
            "vendor_name": vendors[share.vendor_id].vendor_name,
            "items": share.items.amount,
            "discount": share.discount.amount,
            "tax": share.tax.amount,
            "shipping": share.shipping.amount,
            "total": share.total.amount,
            "commission_bp": vendors[share.vendor_id].commission_bp,
            "commission": commission_of(share, vendors[share.vendor_id].commission_bp).amount,
        }
        for share in split_by_vendor(found.quote)
    ]


def _lines(found: PricedCart, part_of: Mapping[str, UUID]) -> list[dict[str, Any]]:
    rows = []
    for position, line in enumerate(found.quote.lines):
        variant = found.variants[line.variant_id]
        rows.append(
            {
                "id": new_id(),
                "fulfilment_id": part_of[str(line.vendor_id)],
                "vendor_id": str(line.vendor_id),
                "product_id": str(variant.product_id),
                "variant_id": line.variant_id,
                "position": position,
                "title": variant.product_title,
                "sku": variant.sku,
                "options": variant.options,
                "image_url": variant.image_url,
                "quantity": line.quantity,
                "unit_price": line.unit_price.amount,
                "gross": line.gross.amount,
                "discount": line.discount.amount,
                "tax": line.tax.amount,
                "tax_bp": line.tax_rate,
                "total": line.total.amount,
            }
        )
    return rows


def _plain(money: Money) -> dict[str, Any]:
    return {"amount": money.amount, "currency": money.currency}


def _tell(work: Work, order: Mapping[str, Any], total: Money) -> None:
    work.emit(
        OrderPlaced(
            order_id=order["id"],
            number=order["number"],
            email=order["email"],
            account_id=order["account_id"],
            total=total.amount,
            currency=total.currency,
        )
    )
