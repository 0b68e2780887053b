"""The ledger's arithmetic: each cause adds up to nothing, and a full refund leaves nothing with anybody."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from fourfold.commerce.payouts.rules import (
    Entry,
    VendorBack,
    VendorSale,
    earning_entries,
    refund_entries,
    sale_entries,
)
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money

sales = st.lists(
    st.tuples(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10_000)),
    min_size=1,
    max_size=5,
)


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


def sum_of(entries: list[Entry]) -> int:
    return sum(entry.amount.amount for entry in entries)


@given(sold=sales, steps=st.integers(min_value=1, max_value=6), earned=st.booleans())
def test_a_sale_that_goes_back_leaves_nothing(sold: list[tuple[int, int]], steps: int, *, earned: bool) -> None:
    """C-31: sale, earning and refunds in steps: each adds up to nothing, and in the end every account is empty."""
    parts = [VendorSale(new_id(), euros(total), euros(total).share_of(points)) for total, points in sold]
    total = sum((part.total for part in parts), euros(0))
    books = sale_entries(total, parts)
    assert sum_of(books) == 0
    if earned:
        for part in parts:
            entries = earning_entries(part.vendor_id, part.commission - part.total)
            assert sum_of(entries) == 0
            books += entries
    back = dict.fromkeys((part.vendor_id for part in parts), (euros(0), euros(0)))
    for step in range(steps):
        backs = []
        for part in parts:
            before, fee_before = back[part.vendor_id]
            amount = part.total.portion(step + 1, steps) - before
            backs.append(VendorBack(part, amount, before, fee_before, earned))
        entries = refund_entries(backs)
        assert sum_of(entries) == 0
        for each in backs:
            fee = next(e.amount for e in entries if e.account == "platform_fee" and e.vendor_id == each.sale.vendor_id)
            assert euros(0) <= fee
            back[each.sale.vendor_id] = (each.back_before + each.amount, each.fee_back_before + fee)
        books += entries
    balances: dict[tuple[str, object], int] = defaultdict(int)
    for entry in books:
        balances[entry.account, entry.vendor_id] += entry.amount.amount
    assert set(balances.values()) == {0}
