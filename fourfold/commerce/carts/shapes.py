"""Carts as they leave: priced now, with what has changed and what is wrong."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.commerce.carts.queries import Cart
from fourfold.commerce.carts.rules import Change, Kind, SeenLine, changes_of
from fourfold.commerce.pricing.basket import CartLine, LineProblem, PricedCart
from fourfold.commerce.pricing.quote import CouponProblemCode, Quote, QuoteLine, QuoteShipping, Totals
from fourfold.ground.money import Money, MoneyShape


class TotalsShape(BaseModel):
    """The sums: total = items - discount + shipping, + tax when prices exclude it."""

    items: MoneyShape
    discount: MoneyShape
    tax: MoneyShape
    shipping: MoneyShape
    total: MoneyShape

    @classmethod
    def of(cls, totals: Totals) -> Self:
        """From a quote's totals."""
        return cls(
            items=MoneyShape.of(totals.items),
            discount=MoneyShape.of(totals.discount),
            tax=MoneyShape.of(totals.tax),
            shipping=MoneyShape.of(totals.shipping),
            total=MoneyShape.of(totals.total),
        )


class CartLineShape(BaseModel):
    """A line at its present price; `problem` says why it cannot be ordered as it is."""

    id: UUID
    variant_id: UUID
    product_id: UUID
    title: str = Field(examples=["Linen shirt"])
    sku: str | None
    options: dict[str, str] = Field(examples=[{"Size": "M"}])
    image_url: str | None
    quantity: int
    unit_price: MoneyShape
    discount: MoneyShape
    tax: MoneyShape
    total: MoneyShape = Field(description="What the line costs, discounted and taxed; nothing while it is not sold.")
    available: int = Field(description="Pieces that can be ordered now.")
    problem: LineProblem | None = None

    @classmethod
    def of(cls, line: CartLine, priced: PricedCart, quoted: QuoteLine | None) -> Self:
        """From a line, its variant, and its price if it has one."""
        variant = priced.variants[line.variant_id]
        currency = priced.quote.currency
        zero = Money.zero(currency)
        return cls(
            id=line.id,
            variant_id=line.variant_id,
            product_id=variant.product_id,
            title=variant.product_title,
            sku=variant.sku,
            options=dict(variant.options),
            image_url=variant.image_url,
            quantity=line.quantity,
            unit_price=MoneyShape.of(quoted.unit_price if quoted else Money(line.seen_price, currency)),
            discount=MoneyShape.of(quoted.discount if quoted else zero),
            tax=MoneyShape.of(quoted.tax if quoted else zero),
            total=MoneyShape.of(quoted.total if quoted else zero),
            available=max(variant.available, 0) if variant.sellable else 0,
            problem=priced.problems.get(line.id),
        )


class CartCouponShape(BaseModel):
    """A code in the cart, and what it takes off, or why it takes nothing."""

    code: str = Field(examples=["WELCOME10"])
    amount: MoneyShape
    problem: CouponProblemCode | None = None
    text: str = ""


class CartShippingShape(BaseModel):
    """The way to send that the totals assume."""

    method_id: UUID
    name: str
    price: MoneyShape

    @classmethod
    def of(cls, shipping: QuoteShipping) -> Self:
        """From a quote's carriage."""
        return cls(method_id=shipping.method_id, name=shipping.name, price=MoneyShape.of(shipping.amount))


class ChangeShape(BaseModel):
    """What is not as the buyer saw it when they last changed the cart."""

    line_id: UUID
    kind: Kind
    text: str
    was: MoneyShape | None = None
    now: MoneyShape | None = None

    @classmethod
    def of(cls, change: Change) -> Self:
        """From a change."""
        return cls(
            line_id=change.line_id,
            kind=change.kind,
            text=change.text,
            was=MoneyShape.of(change.was) if change.was else None,
            now=MoneyShape.of(change.now) if change.now else None,
        )


class ReasonShape(BaseModel):
    """One step of the calculation, in words."""

    about: Literal["price", "discount", "tax", "shipping"]
    text: str
    amount: MoneyShape
    line_id: UUID | None = None


class CartShape(BaseModel):
    """The whole cart, priced now."""

    id: UUID
    status: Literal["open", "ordered", "merged"]
    currency: str
    lines: list[CartLineShape]
    coupons: list[CartCouponShape]
    shipping: CartShippingShape | None = Field(
        description="The cheapest way, or the chosen one; null when no way serves the place."
    )
    totals: TotalsShape
    changes: list[ChangeShape]
    explanation: list[ReasonShape] = Field(description="How the totals come about, step by step.")

    @classmethod
    def of(cls, cart: Cart, priced: PricedCart) -> Self:
        """From a cart and its price."""
        quote = priced.quote
        quoted = {line.line_id: line for line in quote.lines}
        return cls(
            id=cart.id,
            status=cart.status,
            currency=cart.currency,
            lines=[CartLineShape.of(line, priced, quoted.get(line.id)) for line in priced.lines],
            coupons=_coupons(quote),
            shipping=CartShippingShape.of(quote.shipping) if quote.shipping else None,
            totals=TotalsShape.of(quote.totals),
            changes=[ChangeShape.of(change) for line in priced.lines for change in changes_of(_seen(line, priced))],
            explanation=[
                ReasonShape(about=each.about, text=each.text, amount=MoneyShape.of(each.amount), line_id=each.line_id)
                for each in quote.explanation
            ],
        )


def _coupons(quote: Quote) -> list[CartCouponShape]:
    nothing = MoneyShape(amount=0, currency=quote.currency)
    return [
        *(CartCouponShape(code=each.code, amount=MoneyShape.of(each.amount)) for each in quote.applied),
        *(
            CartCouponShape(code=each.coupon, amount=nothing, problem=each.code, text=each.text)
            for each in quote.problems
        ),
    ]


def _seen(line: CartLine, priced: PricedCart) -> SeenLine:
    variant = priced.variants[line.variant_id]
    currency = priced.quote.currency
    price = Money(variant.price, currency) if variant.currency == currency else None
    seen = Money(line.seen_price, currency)
    available = max(variant.available, 0)
    return SeenLine(line.id, variant.product_title, line.quantity, seen, price, variant.sellable, available)
