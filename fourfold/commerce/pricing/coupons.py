"""Which of a buyer's coupons apply to a basket, why the others do not, and what they take off each line.

Coupons apply in this order, whatever order they were given in: buy-X-get-Y, percent, amount, free shipping; within a
kind by code. Each one works on what those before it left, so no line ever falls below zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fourfold.commerce.pricing.quote import (
    AppliedCoupon,
    Basket,
    BasketLine,
    Coupon,
    CouponKind,
    CouponProblem,
    CouponProblemCode,
    Reason,
    percent_text,
)
from fourfold.ground.money import Money

_ORDER: Sequence[CouponKind] = ("buy_x_get_y", "percent", "amount", "free_shipping")


@dataclass(frozen=True, slots=True)
class Discounts:
    """The discount of each line in the basket's order, and the code that makes shipping free, if any."""

    by_line: list[Money]
    applied: list[AppliedCoupon]
    problems: list[CouponProblem]
    reasons: list[Reason]
    free_shipping: str | None


def same_code(code: str) -> str:
    """How codes are compared: case and the spaces around them do not matter."""
    return code.strip().casefold()


def discounts_of(basket: Basket, at: datetime) -> Discounts:
    """Try every code once, and apply in the documented order those that hold at that moment."""
    coupons, problems = _coupons_that_apply(basket, at)
    left = [line.unit_price.times(line.quantity) for line in basket.lines]
    gross = list(left)
    applied: list[AppliedCoupon] = []
    reasons: list[Reason] = []
    for coupon in coupons:
        cuts = _cuts_of(coupon, basket.lines, left)
        for number, cut in cuts.items():
            left[number] -= cut
            if cut:
                reasons.append(Reason("discount", _words_for(coupon), cut, basket.lines[number].line_id))
        applied.append(AppliedCoupon(coupon.code, coupon.kind, sum(cuts.values(), Money.zero(basket.currency))))
    free_shipping = next((coupon.code for coupon in coupons if coupon.kind == "free_shipping"), None)
    by_line = [whole - rest for whole, rest in zip(gross, left, strict=True)]
    return Discounts(by_line, applied, problems, reasons, free_shipping)


def _coupons_that_apply(basket: Basket, at: datetime) -> tuple[list[Coupon], list[CouponProblem]]:
    found = {same_code(coupon.code): coupon for coupon in basket.coupons}
    coupons: list[Coupon] = []
    problems: list[CouponProblem] = []
    for given in {same_code(code): code.strip() for code in basket.codes}.values():
        coupon = found.get(same_code(given))
        problem = _problem_of(coupon, basket, at) if coupon else ("unknown", "There is no such code.")
        if problem:
            problems.append(CouponProblem(given, *problem))
        elif coupon:
            coupons.append(coupon)
    return sorted(coupons, key=lambda coupon: (_ORDER.index(coupon.kind), same_code(coupon.code))), problems


def _problem_of(coupon: Coupon, basket: Basket, at: datetime) -> tuple[CouponProblemCode, str] | None:
    if coupon.starts_at and at < coupon.starts_at:
        return "not_yet", f"This code holds from {coupon.starts_at:%Y-%m-%d %H:%M %Z} on."
    if coupon.ends_at and at >= coupon.ends_at:
        return "expired", f"This code held until {coupon.ends_at:%Y-%m-%d %H:%M %Z}."
    if coupon.used_up:
        return "used_up", "This code has been used as often as it may be."
    return _problem_with_goods(coupon, basket)


def _problem_with_goods(coupon: Coupon, basket: Basket) -> tuple[CouponProblemCode, str] | None:
    if any(money and money.currency != basket.currency for money in (coupon.amount, coupon.minimum)):
        return "nothing_eligible", f"This code does not hold for prices in {basket.currency}."
    lines = [line for line in basket.lines if _is_eligible(line, coupon)]
    if not lines:
        return "nothing_eligible", "Nothing in the basket is what this code is for."
    worth = sum((line.unit_price.times(line.quantity) for line in lines), Money.zero(basket.currency))
    if coupon.minimum and worth < coupon.minimum:
        return "minimum_not_reached", f"This code needs {coupon.minimum}; {coupon.minimum - worth} are missing."
    return None


def _is_eligible(line: BasketLine, coupon: Coupon) -> bool:
    return coupon.category_ids is None or not coupon.category_ids.isdisjoint(line.category_ids)


def _cuts_of(coupon: Coupon, lines: Sequence[BasketLine], left: Sequence[Money]) -> dict[int, Money]:
    """What the coupon takes off each eligible line, by the line's number, given what is left to pay for each."""
    eligible = [number for number, line in enumerate(lines) if _is_eligible(line, coupon)]
    match coupon.kind:
        case "buy_x_get_y":
            return _free_pieces(coupon, {number: lines[number] for number in eligible}, left)
        case "percent":
            return {number: left[number].share_of(coupon.basis_points) for number in eligible}
        case "amount":
            return _spread_amount(coupon, {number: left[number].amount for number in eligible})
        case "free_shipping":
            return {}


def _free_pieces(coupon: Coupon, eligible: Mapping[int, BasketLine], left: Sequence[Money]) -> dict[int, Money]:
    """The cheapest pieces are free, as many as full groups of `buy` + `free` pieces allow."""
    pieces = sum(line.quantity for line in eligible.values())
    free = pieces // (coupon.buy + coupon.free) * coupon.free
    cuts: dict[int, Money] = {}
    for number, line in sorted(eligible.items(), key=lambda item: (item[1].unit_price.amount, item[0])):
        taken = min(free, line.quantity)
        cuts[number] = min(line.unit_price.times(taken), left[number])
        free -= taken
    return cuts


def _spread_amount(coupon: Coupon, left: Mapping[int, int]) -> dict[int, Money]:
    """The amount in proportion to what is left of each line, and never more than that."""
    if coupon.amount is None:
        return {}
    cut = Money(min(coupon.amount.amount, sum(left.values())), coupon.amount.currency)
    return dict(zip(left, cut.spread(list(left.values())), strict=True))


def _words_for(coupon: Coupon) -> str:
    what = {
        "buy_x_get_y": f"{coupon.free} free for {coupon.buy} bought",
        "percent": percent_text(coupon.basis_points),
        "amount": f"its share of {coupon.amount}",
        "free_shipping": "free shipping",
    }
    return f"Coupon {coupon.code}: {what[coupon.kind]}"
