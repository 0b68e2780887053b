"""What is always true of invoices and credit notes."""

from fourfold.commerce.books.invariant import Invariant

_NO_GAPS = """
SELECT coalesce(p.series, s.series) AS series, p.papers, p.first, p.last, s.last AS counted
FROM (SELECT series, count(*) AS papers, min(sequence) AS first, max(sequence) AS last
      FROM commerce.paper GROUP BY series) p
FULL JOIN commerce.paper_series s ON s.series = p.series
WHERE (p.papers, p.first, p.last) IS DISTINCT FROM (s.last::bigint, 1, s.last)
"""

_INVOICED_ONCE = """
SELECT o.id AS order_id, o.number, o.paid_at, count(p.id) AS invoices FROM commerce.customer_order o
LEFT JOIN commerce.paper p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.kind = 'invoice'
GROUP BY o.id, o.number, o.paid_at, o.status
HAVING count(p.id) > 1 OR (count(p.id) = 0 AND o.paid_at < $1 AND o.status <> 'cancelled')
    OR (count(p.id) > 0 AND o.paid_at IS NULL)
"""

_CREDITED_ONCE = """
SELECT r.id AS refund_id, r.order_id, r.amount, count(c.id) AS credit_notes, min(c.total) AS credited
FROM commerce.refund r
JOIN commerce.paper i ON i.tenant_id = r.tenant_id AND i.order_id = r.order_id AND i.kind = 'invoice'
LEFT JOIN (SELECT id, cause_id, (content #>> '{paper,totals,total,amount}')::bigint AS total FROM commerce.paper
           WHERE kind = 'credit_note') c ON c.cause_id = r.id
WHERE r.status = 'completed' GROUP BY r.id, r.order_id, r.amount, r.finished_at, i.issued_at
HAVING count(c.id) > 1 OR min(c.total) <> r.amount
    OR (count(c.id) = 0 AND r.finished_at < $1 AND r.finished_at > i.issued_at)
"""

# What was sold and for how much is frozen twice: in the order's rows, and in the paper. Both say the same for ever.
_FROZEN = """
SELECT p.id AS paper_id, p.number, p.order_id, o.total, p.content #> '{paper,totals}' AS totals
FROM commerce.paper p JOIN commerce.customer_order o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(l.title, coalesce(l.sku, ''), l.quantity, l.unit_price, l.discount,
                                       l.gross - l.discount, l.tax_bp) ORDER BY l.position) AS sold
    FROM commerce.order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id
) l ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(c -> 'title', c -> 'sku', c -> 'quantity', c #> '{unit_price,amount}',
                                       c #> '{discount,amount}', c #> '{total,amount}', c -> 'tax_rate')
                     ORDER BY at) AS sold
    FROM jsonb_array_elements(p.content #> '{paper,lines}') WITH ORDINALITY AS e (c, at)
) c ON true
WHERE p.kind = 'invoice' AND (
    (p.number, o.number, o.currency) IS DISTINCT FROM
        (p.content #>> '{paper,number}', p.content #>> '{paper,order_number}', p.content #>> '{paper,currency}')
    OR jsonb_build_array(o.items, o.discount, o.shipping, o.tax, o.total) <> jsonb_build_array(
        p.content #> '{paper,totals,items,amount}', p.content #> '{paper,totals,discount,amount}',
        p.content #> '{paper,totals,shipping,amount}', p.content #> '{paper,totals,tax,amount}',
        p.content #> '{paper,totals,total,amount}')
    OR l.sold IS DISTINCT FROM c.sold)
"""

_DRAWN = """
SELECT id AS paper_id, kind, number, issued_at FROM commerce.paper
WHERE issued_at < $1 AND (rendered_at IS NULL OR key IS NULL)
"""

PAPER_INVARIANTS = (
    Invariant("papers are numbered without gaps", _NO_GAPS),
    Invariant("a paid order has one invoice", _INVOICED_ONCE),
    Invariant("a refund has one credit note", _CREDITED_ONCE),
    Invariant("an invoice says what was sold", _FROZEN),
    Invariant("papers have been drawn", _DRAWN),
)
