"""What has changed for a buyer since they last touched their cart."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fourfold.ground.money import Money

MOST_PIECES = 9999
MOST_LINES = 200
MOST_COUPONS = 10

Kind = Literal["price", "stock", "not_sold", "currency"]


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line as its buyer knows it, and as it is now: no `price` when not sold in the currency of the cart."""

    line_id: UUID
    title: str
    quantity: int
    seen: Money
    price: Money | None
    sold: bool
    available: int


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was; `was` and `now` are unit prices, for a change of price only."""

    line_id: UUID
    kind: Kind
    text: str
    was: Money | None = None
    now: Money | None = None


def changes_of(line: SeenLine) -> list[Change]:
    """What a buyer must be told about a line, if anything."""
    if not line.sold:
        return [Change(line.line_id, "not_sold", f"{line.title} is not sold any more.")]
    if line.price is None:
        return [Change(line.line_id, "currency", f"{line.title} is not sold in {line.seen.currency} any more.")]
    changes = []
    if line.price != line.seen:
        words = f"{line.title} costs {line.price} now; it was {line.seen}."
        changes.append(Change(line.line_id, "price", words, line.seen, line.price))
    if line.available < line.quantity:
        left = (
            f"Only {line.available} of {line.title} are left." if line.available > 0 else f"{line.title} is sold out."
        )
        changes.append(Change(line.line_id, "stock", left))
    return changes
