"""What is put on a paper: the frozen facts of an order or a refund become an invoice, credit note or packing slip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from fourfold.commerce.papers.paper import Buyer, Paper, PaperLine, PaperTax, PaperTotals, Seller
from fourfold.ground.money import BASIS_POINTS, Money

_PAPER = TypeAdapter(Paper)

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Naming:
    """What a paper is called and when it was issued."""

    number: str
    issued_at: datetime


def invoice_of(order: Facts, shop: Facts, naming: Naming) -> Paper:
    """The invoice of an order, with the sums that the order has."""
    vendors = sorted({line["vendor_name"] for line in order["lines"]})
    return Paper(
        kind="invoice",
        number=naming.number,
        issued_at=naming.issued_at,
        seller=_seller(shop),
        buyer=_buyer(order["billing_address"]),
        order_number=order["number"],
        lines=[_line(line, order["currency"]) for line in order["lines"]],
        totals=_totals(order),
        currency=order["currency"],
        vendor_name=", ".join(vendors) if vendors != [shop["name"]] else None,
    )


def credit_note_of(order: Facts, refund: Facts, shop: Facts, naming: Naming, corrects: str) -> Paper:
    """The credit note of a refund; its amounts contain their taxes, in the shares that the order has."""
    currency = order["currency"]
    amount = Money(refund["amount"], currency)
    sold = {line["id"]: line for line in order["lines"]}
    lines, taxes = [], list[PaperTax]()
    for each in refund["lines"]:
        back, line = Money(each["amount"], currency), sold[each["line_id"]]
        each_price = back.portion(1, each["quantity"])
        lines.append(replace(_line(line, currency), quantity=each["quantity"], unit_price=each_price, total=back))
        taxes.append(_part_of(back, Money(line["tax"], currency), Money(line["total"], currency), line["tax_bp"]))
    items = sum((line.total for line in lines), Money.zero(currency))
    rest = amount - items
    by_rate = taxes_of(order)
    shares = rest.spread([(each.net + each.tax).amount for each in by_rate]) if by_rate else []
    taxes += [
        _part_of(share, each.tax, each.net + each.tax, each.tax_rate)
        for share, each in zip(shares, by_rate, strict=True)
    ]
    return Paper(
        kind="credit_note",
        number=naming.number,
        issued_at=naming.issued_at,
        seller=_seller(shop),
        buyer=_buyer(order["billing_address"]),
        order_number=order["number"],
        lines=[replace(line, discount=Money.zero(currency)) for line in lines]
        or [_plain_line(refund["reason"], amount)],
        totals=PaperTotals(
            items=items if lines else amount,
            discount=Money.zero(currency),
            shipping=rest if lines else Money.zero(currency),
            tax=sum((each.tax for each in taxes), Money.zero(currency)),
            total=amount,
            prices_include_tax=True,
            taxes=_together(taxes),
        ),
        currency=currency,
        notes=refund["reason"],
        corrects=corrects,
    )


def packing_slip_of(order: Facts, part: Facts, shop: Facts, naming: Naming) -> Paper:
    """The packing slip of one vendor's part; it shows no prices."""
    lines = [line for line in order["lines"] if line["fulfilment_id"] == part["id"]]
    return Paper(
        kind="packing_slip",
        number=naming.number,
        issued_at=naming.issued_at,
        seller=_seller(shop),
        buyer=_buyer(order["shipping_address"]),
        order_number=order["number"],
        lines=[_line(line, order["currency"]) for line in lines],
        totals=_totals(order),
        currency=order["currency"],
        vendor_name=part["vendor_name"] if part["vendor_name"] != shop["name"] else None,
    )


def taxes_of(order: Facts) -> list[PaperTax]:
    """Net and tax of an order for each rate, highest first; the tax that no line has is the carriage's."""
    currency = order["currency"]
    taxes = []
    for line in order["lines"]:
        tax = Money(line["tax"], currency)
        taxes.append(PaperTax(line["tax_bp"], Money(line["total"], currency) - tax, tax))
    rest = Money(order["tax"] - sum(line["tax"] for line in order["lines"]), currency)
    shipping = Money(order["shipping"], currency)
    if shipping:
        net = shipping - rest if order["prices_include_tax"] else shipping
        taxes.append(PaperTax(_rate_of(rest, net, {line["tax_bp"] for line in order["lines"]}), net, rest))
    return [each for each in _together(taxes) if each.tax_rate or each.tax]


def content_of(paper: Paper, logo_key: str | None) -> dict[str, Any]:
    """A paper as JSON, to be kept as it was issued."""
    return {"paper": _PAPER.dump_python(paper, mode="json"), "logo_key": logo_key}


def paper_of(content: Facts) -> Paper:
    """The paper in a content."""
    return _PAPER.validate_python(content["paper"])


def _rate_of(tax: Money, net: Money, known: set[int]) -> int:
    """The rate that gives this tax: one of the order's own when it fits, else the nearest tenth of a percent."""
    if not tax:
        return 0
    for rate in sorted(known, reverse=True):
        if abs((net.share_of(rate) - tax).amount) <= 1:
            return rate
    return round(tax.amount * BASIS_POINTS / net.amount / 10) * 10 if net else 0


def _part_of(back: Money, tax: Money, whole: Money, rate: int) -> PaperTax:
    part = tax.portion(back.amount, whole.amount) if whole else tax
    return PaperTax(rate, back - part, part)


def _together(taxes: Sequence[PaperTax]) -> list[PaperTax]:
    found: dict[int, PaperTax] = {}
    for each in taxes:
        before = found.get(each.tax_rate)
        found[each.tax_rate] = replace(before, net=before.net + each.net, tax=before.tax + each.tax) if before else each
    return sorted(found.values(), key=lambda each: -each.tax_rate)


def _totals(order: Facts) -> PaperTotals:
    parts = {name: Money(order[name], order["currency"]) for name in ("items", "discount", "shipping", "tax", "total")}
    return PaperTotals(**parts, prices_include_tax=order["prices_include_tax"], taxes=taxes_of(order))


def _line(line: Facts, currency: str) -> PaperLine:
    gross, discount = Money(line["gross"], currency), Money(line["discount"], currency)
    return PaperLine(
        title=line["title"],
        sku=line["sku"] or "",
        options=", ".join(str(value) for value in line["options"].values()),
        quantity=line["quantity"],
        unit_price=Money(line["unit_price"], currency),
        discount=discount,
        tax_rate=line["tax_bp"],
        total=gross - discount,
    )


def _plain_line(title: str, amount: Money) -> PaperLine:
    return PaperLine(title, "", "", 1, amount, Money.zero(amount.currency), 0, amount)


def _seller(shop: Facts) -> Seller:
    return Seller(shop["name"], address_lines(shop["address"]), shop["tax_id"] or None)


def _buyer(address: Facts) -> Buyer:
    return Buyer(str(address.get("name") or ""), address_lines(address))


def address_lines(address: Facts) -> list[str]:
    """An address as it stands on an envelope, without the name."""
    place = " ".join(str(address[part]) for part in ("postal_code", "city") if address.get(part))
    lines = [address.get("line1"), address.get("line2"), place, address.get("region"), address.get("country")]
    return [str(line) for line in lines if line]
