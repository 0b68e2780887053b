"""What is always true of invoices and credit notes."""

from fourfold.commerce.books.invariant import Invariant

_NO_GAPS = """
SELECT coalesce(p.series, s.series) AS series, p.papers, p.first, p.last, s.last AS counted
FROM (SELECT series, count(*) AS papers, min(sequence) AS first, max(sequence) AS last
      FROM commerce.paper GROUP BY series) p
FULL JOIN commerce.paper_series s ON s.series = p.series
WHERE (p.papers, p.first, p.last) IS DISTINCT FROM (s.last::bigint, 1, s.last)
    AND NOT (p.series IS NULL AND s.last = 0)
"""

_INVOICED_ONCE = """
SELECT o.id AS order_id, o.number, o.paid_at, count(p.id) AS invoices FROM commerce.customer_order o
LEFT JOIN commerce.paper p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.kind = 'invoice'
GROUP BY o.id, o.number, o.paid_at, o.status
HAVING count(p.id) > 1 OR (count(p.id) = 0 AND o.paid_at < $1 AND o.status <> 'cancelled')
    OR (count(p.id) > 0 AND o.paid_at IS NULL)
"""

_RENDERED = """
SELECT id AS paper_id, kind, number, issued_at FROM commerce.paper
WHERE issued_at < $1 AND (rendered_at IS NULL OR key IS NULL)
"""

PAPER_INVARIANTS = (
    Invariant("papers are numbered without gaps", _NO_GAPS),
    Invariant("a paid order has one invoice", _INVOICED_ONCE),
    Invariant("papers have been drawn", _RENDERED),
)
