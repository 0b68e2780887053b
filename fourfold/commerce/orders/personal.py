"""Orders as personal data: what somebody bought, and where it went."""

from collections.abc import Sequence
from typing import Any

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work

# Country and region say which tax was due; everything else of an address is for the parcel.
EVIDENCE = frozenset({"country", "region"})

_ORDERS = """
SELECT o.number, o.status, o.payment_status, o.email, o.currency, o.total, o.refunded, o.shipping_address,
  o.billing_address, o.placed_at, o.paid_at, o.cancelled_at,
  (SELECT jsonb_agg(jsonb_build_object('title', l.title, 'sku', l.sku, 'quantity', l.quantity) ORDER BY l.id)
   FROM commerce.order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS lines,
  (SELECT jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number, 'content', p.content) ORDER BY p.id)
   FROM commerce.paper p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id) AS papers
FROM commerce.customer_order o WHERE o.account_id = $1 OR ($3 AND o.email = $2) ORDER BY o.id
"""
_THEIRS = """
SELECT id, shipping_address, billing_address FROM commerce.customer_order
WHERE (account_id = $1 OR ($3 AND email = $2)) AND email <> $4 FOR UPDATE
"""
_BLANK = "UPDATE commerce.customer_order SET email = $2, shipping_address = $3, billing_address = $4 WHERE id = $1"
_BLANK_USES = "UPDATE commerce.coupon_use SET customer = $2 WHERE order_id = $1"
_OPEN = """
SELECT count(*) FROM commerce.customer_order
WHERE (account_id = $1 OR ($3 AND email = $2)) AND status IN ('processing', 'shipped')
"""


def _blank(address: dict[str, Any]) -> dict[str, Any]:
    return {part: value if part in EVIDENCE or not isinstance(value, str) else "" for part, value in address.items()}


async def _tell(view: View, person: Person) -> Told:
    rows = await view.db.fetch(_ORDERS, person.account_id, person.email, person.is_proven)
    return Told([dict(row) for row in rows])


async def _erase(work: Work, person: Person) -> int:
    nobody = f"erased-{person.account_id}@erased.invalid"
    rows = await work.db.fetch(_THEIRS, person.account_id, person.email, person.is_proven, nobody)
    for row in rows:
        addresses = (_blank(row["shipping_address"]), _blank(row["billing_address"]))
        await work.db.execute(_BLANK, row["id"], nobody, *addresses)
        await work.db.execute(_BLANK_USES, row["id"], f"erased-{row['id']}")
    return len(rows)


async def _waits(view: View, person: Person) -> Sequence[str]:
    count = await view.db.fetchval(_OPEN, person.account_id, person.email, person.is_proven)
    return [f"{count} paid orders have not arrived yet."] if count else []


ORDERS = PersonalData(
    "commerce.orders",
    "Orders, payments and invoices",
    "Delivering what was bought, and proving what was paid.",
    "Orders with sums, dates, country and region; the ledger; invoices, receipts and credit notes as they were issued:"
    " tax law wants them complete, in most countries for six to ten years.",
    {
        "commerce.customer_order.email": "The buyer's address.",
        "commerce.customer_order.shipping_address": "Where the parcel goes.",
        "commerce.customer_order.billing_address": "Who pays.",
        "commerce.coupon_use.customer": "Who has used a coupon.",
        "commerce.paper.content": "What stands on an invoice.",
    },
    _tell,
    _erase,
    _waits,
)
