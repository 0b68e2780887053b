"""What is always true of carts, orders, their parts, their history and their events."""

from collections.abc import Iterable

from fourfold.commerce.books.invariant import Invariant
from fourfold.commerce.orders.rules import ORDER_MOVES, PART_MOVES, STATUSES, Status


def _pairs(moves: Iterable[tuple[Status, Status]]) -> str:
    return ", ".join(f"('{was}', '{became}')" for was, became in moves)


_STATUSES = f"ARRAY[{', '.join(repr(status) for status in STATUSES)}]"

_ONE_FOR_EACH_CART = """
SELECT c.id AS cart_id, c.status, count(o.id) AS orders, array_agg(o.id) AS order_ids
FROM commerce.cart c LEFT JOIN commerce.customer_order o ON o.tenant_id = c.tenant_id AND o.cart_id = c.id
GROUP BY c.id, c.status HAVING count(o.id) <> CASE c.status WHEN 'ordered' THEN 1 ELSE 0 END
"""

_LINES_MAKE_PARTS = """
SELECT f.id AS fulfilment_id, f.order_id, f.items, sum(l.gross) AS lines_gross, f.discount,
       sum(l.discount) AS lines_discount, f.total, sum(l.total) AS lines_total
FROM commerce.fulfilment f
JOIN commerce.customer_order o ON o.tenant_id = f.tenant_id AND o.id = f.order_id
LEFT JOIN commerce.order_line l ON l.tenant_id = f.tenant_id AND l.fulfilment_id = f.id
GROUP BY f.id, f.order_id, f.items, f.discount, f.tax, f.shipping, f.total, o.prices_include_tax
HAVING count(l.id) = 0 OR f.items <> sum(l.gross) OR f.discount <> sum(l.discount) OR f.tax < sum(l.tax)
    OR f.total <> f.items - f.discount + f.shipping + CASE WHEN o.prices_include_tax THEN 0 ELSE f.tax END
    OR bool_or(l.gross <> l.unit_price * l.quantity) OR bool_or(l.order_id <> f.order_id)
    OR bool_or(l.total <> l.gross - l.discount + CASE WHEN o.prices_include_tax THEN 0 ELSE l.tax END)
"""

_PARTS_MAKE_ORDERS = """
SELECT o.id AS order_id, o.items, sum(f.items) AS parts_items, o.discount, sum(f.discount) AS parts_discount, o.tax,
       sum(f.tax) AS parts_tax, o.shipping, sum(f.shipping) AS parts_shipping, o.total, sum(f.total) AS parts_total
FROM commerce.customer_order o
LEFT JOIN commerce.fulfilment f ON f.tenant_id = o.tenant_id AND f.order_id = o.id
GROUP BY o.id, o.items, o.discount, o.tax, o.shipping, o.total, o.prices_include_tax
HAVING (o.items, o.discount, o.tax, o.shipping, o.total)
        IS DISTINCT FROM (sum(f.items), sum(f.discount), sum(f.tax), sum(f.shipping), sum(f.total))
    OR o.total <> o.items - o.discount + o.shipping + CASE WHEN o.prices_include_tax THEN 0 ELSE o.tax END
"""

_FOLLOWS_PARTS = f"""
SELECT o.id AS order_id, o.status, array_agg(f.status) AS parts
FROM commerce.customer_order o
LEFT JOIN commerce.fulfilment f ON f.tenant_id = o.tenant_id AND f.order_id = o.id
GROUP BY o.id, o.status
HAVING array_position({_STATUSES}, o.status)
    IS DISTINCT FROM min(array_position({_STATUSES}, f.status))
"""  # noqa: S608 - built of the constants of rules

_HISTORY_ENDS_AT_STATUS = f"""
SELECT o.id AS order_id, o.status, h.became FROM commerce.customer_order o
LEFT JOIN LATERAL (
    SELECT h.became FROM commerce.order_history h
    WHERE h.tenant_id = o.tenant_id AND h.order_id = o.id AND h.fulfilment_id IS NULL AND h.became = ANY({_STATUSES})
    ORDER BY array_position({_STATUSES}, h.became) DESC LIMIT 1
) h ON true
WHERE h.became IS DISTINCT FROM o.status
"""  # noqa: S608 - built of the constants of rules

# Refunds tell of themselves in the history of an order too, in other words than its statuses.
_ONLY_LEGAL_MOVES = f"""
WITH moves AS (
    SELECT h.order_id, h.fulfilment_id, h.was, h.became,
           lag(h.became) OVER (PARTITION BY h.order_id, h.fulfilment_id
                               ORDER BY array_position({_STATUSES}, h.became)) AS before
    FROM commerce.order_history h WHERE h.became = ANY({_STATUSES})
)
SELECT order_id, fulfilment_id, was, became, before FROM moves
WHERE CASE
    WHEN fulfilment_id IS NULL AND was IS NULL THEN became <> 'pending' OR before IS NOT NULL
    WHEN fulfilment_id IS NULL THEN was IS DISTINCT FROM before OR (was, became) NOT IN ({_pairs(ORDER_MOVES)})
    ELSE (before IS NOT NULL AND was <> before) OR (was, became) NOT IN ({_pairs(PART_MOVES)}) END
"""  # noqa: S608 - built of the constants of rules

# An order that was paid when its stock was gone is cancelled at once: then nobody is told that it was paid.
_TOLD_ONCE = """
SELECT o.id AS order_id, o.status, o.paid_at, coalesce(e.placed, 0) AS placed, coalesce(e.paid, 0) AS paid,
       coalesce(e.cancelled, 0) AS cancelled
FROM commerce.customer_order o
LEFT JOIN (
    SELECT subject, count(*) FILTER (WHERE type = 'commerce.order.placed') AS placed,
           count(*) FILTER (WHERE type = 'commerce.order.paid') AS paid,
           count(*) FILTER (WHERE type = 'commerce.order.cancelled') AS cancelled
    FROM ground.event WHERE type LIKE 'commerce.order.%' GROUP BY subject
) e ON e.subject = o.id::text
WHERE coalesce(e.placed, 0) <> 1
    OR coalesce(e.cancelled, 0) <> (o.status = 'cancelled')::int
    OR coalesce(e.paid, 0) > (o.paid_at IS NOT NULL)::int
    OR (o.paid_at IS NOT NULL AND o.status <> 'cancelled' AND coalesce(e.paid, 0) <> 1)
"""

_EVENTS_CARRIED = """
SELECT e.id AS event_id, e.type, e.subject, e.at, e.published_at, p.reaction, p.error
FROM ground.event e LEFT JOIN ground.parked p ON p.tenant_id = e.tenant_id AND p.event_id = e.id
WHERE e.type LIKE 'commerce.%' AND (p.event_id IS NOT NULL OR (NOT e.settled AND e.at < $1))
"""

_JOBS_DONE = """
SELECT id AS job_id, name, status, attempts, run_at FROM ground.job
WHERE name LIKE 'commerce.%' AND status IN ('queued', 'running') AND run_at < $1
"""

_HOLDS_END = """
SELECT o.id AS order_id, o.hold_until FROM commerce.customer_order o
WHERE o.status = 'pending' AND o.hold_until < $1 AND NOT EXISTS (
    SELECT FROM commerce.payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id
      AND p.status = 'pending' AND p.confirming_at IS NOT NULL)
"""

ORDER_INVARIANTS = (
    Invariant("an ordered cart is one order", _ONE_FOR_EACH_CART),
    Invariant("lines add up to vendors' parts", _LINES_MAKE_PARTS),
    Invariant("vendors' parts add up to orders", _PARTS_MAKE_ORDERS),
    Invariant("orders follow their parts", _FOLLOWS_PARTS),
    Invariant("history ends at the present status", _HISTORY_ENDS_AT_STATUS),
    Invariant("history holds only allowed moves", _ONLY_LEGAL_MOVES),
    Invariant("each order was told once", _TOLD_ONCE),
    Invariant("events have been carried out", _EVENTS_CARRIED),
    Invariant("background work is done", _JOBS_DONE),
    Invariant("unpaid orders end with their hold", _HOLDS_END),
)
