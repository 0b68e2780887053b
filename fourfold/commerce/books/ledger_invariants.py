"""What is always true of the ledger: what came in, whose it is, and that nothing is there twice."""

from fourfold.commerce.books.invariant import Invariant

_LEDGER_BALANCES = """
SELECT cause, cause_id, currency, sum(amount) AS sum FROM commerce.ledger_entry
GROUP BY cause, cause_id, currency HAVING sum(amount) <> 0
"""

# Entries follow the payment and the refund in the background, so both must be some time ago.
_KNOWS_ORDERS = """
SELECT o.id AS order_id, o.status, o.total, o.refunded, coalesce(l.clearing, 0) AS in_ledger
FROM commerce.customer_order o
LEFT JOIN (SELECT order_id, sum(amount) AS clearing FROM commerce.ledger_entry WHERE account = 'buyer_clearing'
           GROUP BY order_id) l ON l.order_id = o.id
WHERE coalesce(l.clearing, 0) <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.total - o.refunded END
    AND coalesce(o.paid_at, '-infinity') < $1 AND NOT EXISTS (
        SELECT FROM commerce.refund r WHERE r.tenant_id = o.tenant_id AND r.order_id = o.id
          AND (r.status = 'pending' OR r.finished_at >= $1))
"""

_KNOWS_VENDORS = """
SELECT f.order_id, f.vendor_id, f.total, coalesce(b.amount, 0) AS refunded, -l.amount AS in_ledger
FROM commerce.fulfilment f
JOIN (SELECT order_id, vendor_id, sum(amount) FILTER (WHERE account <> 'paid_out') AS amount
      FROM commerce.ledger_entry WHERE cause <> 'payout' GROUP BY order_id, vendor_id) l USING (order_id, vendor_id)
LEFT JOIN (
    SELECT e.order_id, (p ->> 'vendor_id')::uuid AS vendor_id, sum((p ->> 'amount')::bigint) AS amount
    FROM commerce.refund r CROSS JOIN LATERAL jsonb_array_elements(r.parts) AS p
    JOIN (SELECT DISTINCT order_id, cause_id FROM commerce.ledger_entry WHERE cause = 'refund') e ON e.cause_id = r.id
    GROUP BY 1, 2
) b USING (order_id, vendor_id)
WHERE -l.amount <> f.total - coalesce(b.amount, 0)
"""

_EARNED_ON_DELIVERY = """
SELECT f.id AS fulfilment_id, f.order_id, f.vendor_id, f.status, l.payable
FROM commerce.fulfilment f
JOIN (SELECT order_id, vendor_id, sum(amount) FILTER (WHERE account = 'vendor_payable') AS payable,
             bool_or(cause = 'earning') AS earned
      FROM commerce.ledger_entry GROUP BY order_id, vendor_id) l USING (order_id, vendor_id)
WHERE (f.status = 'delivered' AND f.delivered_at < $1 AND coalesce(l.payable, 0) <> 0)
    OR (f.status <> 'delivered' AND l.earned)
"""

LEDGER_INVARIANTS = (
    Invariant("the ledger sums to nothing for each cause", _LEDGER_BALANCES),
    Invariant("the ledger knows what orders brought", _KNOWS_ORDERS),
    Invariant("the ledger knows what is owed to vendors", _KNOWS_VENDORS),
    Invariant("vendors earn when parcels arrive", _EARNED_ON_DELIVERY),
)
