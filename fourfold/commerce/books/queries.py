"""Finds the rows that break an invariant, one statement for each."""

from datetime import timedelta

from fourfold.commerce.books.ledger_invariants import LEDGER_INVARIANTS
from fourfold.commerce.books.money_invariants import MONEY_INVARIANTS
from fourfold.commerce.books.order_invariants import ORDER_INVARIANTS
from fourfold.commerce.books.paper_invariants import PAPER_INVARIANTS
from fourfold.commerce.books.shapes import BooksShape, CheckShape
from fourfold.commerce.books.stock_invariants import STOCK_INVARIANTS
from fourfold.ground.work import View

INVARIANTS = (*STOCK_INVARIANTS, *ORDER_INVARIANTS, *MONEY_INVARIANTS, *LEDGER_INVARIANTS, *PAPER_INVARIANTS)
GRACE = timedelta(minutes=5)
MOST_OFFENDERS = 20

_LETTERS_DUE = """
SELECT 'commerce:order_placed:' || id FROM commerce.customer_order WHERE placed_at < $1
UNION ALL SELECT 'commerce:payment_received:' || id FROM commerce.customer_order
WHERE paid_at < $1 AND status <> 'cancelled'
UNION ALL SELECT 'commerce:cancelled:' || id FROM commerce.customer_order WHERE cancelled_at < $1
UNION ALL SELECT 'commerce:shipped:' || id FROM commerce.fulfilment WHERE shipped_at < $1
UNION ALL SELECT 'commerce:refund_completed:' || id FROM commerce.refund WHERE status = 'completed' AND finished_at < $1
"""


async def letters_due(view: View, grace: timedelta = GRACE) -> list[str]:
    """The names of all letters that must have been sent, each once."""
    rows = await view.db.fetch(_LETTERS_DUE, view.now - grace)
    return [row[0] for row in rows]


async def check_books(view: View, grace: timedelta = GRACE) -> BooksShape:
    """Checks the tenant's books; what happens in the background is missed once its cause is older than `grace`."""
    settled = view.now - grace
    checks = []
    for invariant in INVARIANTS:
        rows = await view.db.fetch(
            f"SELECT to_jsonb(o) AS offender FROM ({invariant.offenders}) o WHERE $1::timestamptz IS NOT NULL"
            f" LIMIT {MOST_OFFENDERS}",
            settled,
        )
        checks.append(CheckShape(name=invariant.name, ok=not rows, offenders=[row["offender"] for row in rows]))
    return BooksShape(ok=all(check.ok for check in checks), checks=checks)
