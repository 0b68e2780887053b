"""What a refund comes to: by pieces of a line, and by vendor, to the minor unit and never above what was paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fourfold.ground.money import Money


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an order: `total` is what was paid for all its pieces, of which so many have been refunded."""

    line_id: UUID
    variant_id: UUID
    vendor_id: UUID
    quantity: int
    refunded: int
    total: Money

    @property
    def left(self) -> int:
        """The pieces that can still be refunded."""
        return self.quantity - self.refunded


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """So many pieces of a line, and what goes back for them."""

    line: SoldLine
    quantity: int
    amount: Money


def refund_of_pieces(line: SoldLine, quantity: int) -> RefundedLine:
    """What goes back for pieces of a line.

    The price of the first n pieces is rounded as a whole, so refunding them one by one pays exactly what refunding
    them at once does.
    """
    before = line.total.portion(line.refunded, line.quantity)
    after = line.total.portion(line.refunded + quantity, line.quantity)
    return RefundedLine(line, quantity, after - before)


def parts_by_vendor(
    amount: Money, lines: Sequence[RefundedLine], left: Mapping[UUID, Money]
) -> list[tuple[UUID, Money]]:
    """Who bears a refund: each vendor its own lines, as far as its part of the order is not used up.

    The rest (carriage, an amount without lines) is spread over what is left of the vendors' parts, by largest
    remainder.
    """
    vendors = list(left)
    borne = dict.fromkeys(vendors, Money.zero(amount.currency))
    for each in lines:
        vendor = each.line.vendor_id
        borne[vendor] = min(borne[vendor] + each.amount, left[vendor])
    rest = amount - sum(borne.values(), Money.zero(amount.currency))
    spread = rest.spread([(left[vendor] - borne[vendor]).amount for vendor in vendors])
    shares = [(vendor, borne[vendor] + more) for vendor, more in zip(vendors, spread, strict=True)]
    return [(vendor, share) for vendor, share in shares if share]
