"""The arithmetic of refunds: pieces one by one come to the whole, and vendors' parts to the refund."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fourfold.commerce.refunds.rules import RefundedLine, SoldLine, parts_by_vendor, refund_of_pieces
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money

amounts = st.integers(min_value=0, max_value=10**9)


@given(total=amounts, quantity=st.integers(min_value=1, max_value=40))
def test_pieces_come_to_the_whole(total: int, quantity: int) -> None:
    """C-35: whatever the order in which pieces go back, together they are what was paid."""
    sum_of_pieces = 0
    for refunded in range(quantity):
        line = SoldLine(new_id(), new_id(), new_id(), quantity, refunded, Money(total, "EUR"))
        piece = refund_of_pieces(line, 1).amount.amount
        assert 0 <= piece <= total
        sum_of_pieces += piece
    assert sum_of_pieces == total


@given(left=st.lists(amounts, min_size=1, max_size=6), chance=st.integers(min_value=0, max_value=100), data=st.data())
def test_vendors_bear_the_refund(left: list[int], chance: int, data: st.DataObject) -> None:
    """C-31, C-35: the parts come to the refund, and none is above what is left of the vendor's sale."""
    vendors = {UUID(int=at + 1): Money(amount, "EUR") for at, amount in enumerate(left)}
    amount = sum(left) * chance // 100
    lines, taken = [], 0
    for vendor in vendors:
        back = data.draw(st.integers(min_value=0, max_value=amount - taken))
        taken += back
        sold = SoldLine(new_id(), new_id(), vendor, 1, 0, Money(back, "EUR"))
        lines.append(RefundedLine(sold, 1, Money(back, "EUR")))
    parts = parts_by_vendor(Money(amount, "EUR"), lines, vendors)
    assert sum(part.amount for _, part in parts) == amount
    assert all(Money.zero("EUR") < part <= vendors[vendor] for vendor, part in parts)
