"""What is always true of payments, the gateway's charges, refunds and coupons."""

from fourfold.commerce.books.invariant import Invariant

_PAID_ONCE = """
SELECT o.id AS order_id, o.total, count(p.id) AS payments, sum(p.amount) AS captured
FROM commerce.customer_order o
JOIN commerce.payment p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.status = 'completed'
GROUP BY o.id, o.total, o.currency
HAVING count(*) > 1 OR sum(p.amount) <> o.total OR bool_or(p.currency <> o.currency)
"""

_CHARGED_ONCE = """
SELECT p.id AS payment_id, p.order_id, p.amount, p.currency, c.status AS charge, c.amount AS charged
FROM commerce.payment p LEFT JOIN commerce.gateway_charge c ON c.tenant_id = p.tenant_id AND c.id = p.id
WHERE p.status = 'completed' AND p.provider = 'simulated' AND p.amount > 0
    AND (c.status, c.amount, c.currency) IS DISTINCT FROM ('succeeded', p.amount, p.currency)
"""

# Money that came after its payment had been given up goes back.
_NO_STRAY_CHARGES = """
SELECT c.id AS charge_id, c.amount, c.currency, c.created_at, p.status AS payment, coalesce(r.amount, 0) AS refunded
FROM commerce.gateway_charge c
LEFT JOIN commerce.payment p ON p.tenant_id = c.tenant_id AND p.id = c.id
LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM commerce.refund WHERE status <> 'failed' GROUP BY payment_id) r
    ON r.payment_id = c.id
WHERE c.status = 'succeeded' AND c.created_at < $1 AND p.status IS DISTINCT FROM 'completed'
    AND coalesce(r.amount, 0) <> c.amount
"""

_NO_ORPHANS = """
SELECT p.id AS payment_id, p.order_id, p.amount, o.status, o.payment_status, coalesce(r.amount, 0) AS refunded
FROM commerce.payment p
LEFT JOIN commerce.customer_order o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM commerce.refund WHERE status <> 'failed' GROUP BY payment_id) r
    ON r.payment_id = p.id
WHERE p.status = 'completed' AND (o.status IS NULL OR o.status IN ('pending', 'cancelled'))
    AND coalesce(r.amount, 0) <> p.amount
"""

_NO_GIFTS = """
SELECT o.id AS order_id, o.status, o.payment_status, o.total FROM commerce.customer_order o
WHERE (o.status IN ('processing', 'shipped', 'delivered') OR o.payment_status <> 'unpaid') AND NOT EXISTS (
    SELECT FROM commerce.payment p
    WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.status = 'completed')
"""

_CONFIRMATIONS_END = """
SELECT id AS payment_id, order_id, confirming_at FROM commerce.payment
WHERE status = 'pending' AND confirming_at < $1
"""

_REFUNDS_WITHIN_PAYMENTS = """
SELECT p.id AS payment_id, p.order_id, p.amount, p.refunded, coalesce(r.amount, 0) AS refunds
FROM commerce.payment p
LEFT JOIN (SELECT payment_id, sum(amount) AS amount, count(DISTINCT currency) AS currencies, min(currency) AS currency
           FROM commerce.refund WHERE status <> 'failed' GROUP BY payment_id) r ON r.payment_id = p.id
WHERE p.refunded <> coalesce(r.amount, 0) OR p.refunded > p.amount OR r.currencies > 1 OR r.currency <> p.currency
"""

_ORDERS_KNOW_REFUNDS = """
SELECT o.id AS order_id, o.total, o.payment_status, o.refunded, coalesce(r.amount, 0) AS refunds
FROM commerce.customer_order o
LEFT JOIN (SELECT f.order_id, sum(f.amount) AS amount FROM commerce.refund f
           JOIN commerce.payment p ON p.tenant_id = f.tenant_id AND p.id = f.payment_id AND p.status = 'completed'
           WHERE f.status = 'completed' GROUP BY f.order_id) r ON r.order_id = o.id
WHERE o.refunded <> coalesce(r.amount, 0)
    OR o.payment_status = 'partially_refunded' AND o.refunded NOT BETWEEN 1 AND o.total - 1
    OR o.payment_status = 'refunded' AND o.refunded <> o.total
    OR o.payment_status IN ('unpaid', 'paid') AND o.refunded <> 0
"""

_GATEWAY_PAID_BACK = """
SELECT c.id AS charge_id, c.refunded, coalesce(g.amount, 0) AS gateway_refunds, coalesce(r.amount, 0) AS refunds
FROM commerce.gateway_charge c
LEFT JOIN (SELECT charge_id, sum(amount) AS amount FROM commerce.gateway_refund GROUP BY charge_id) g
    ON g.charge_id = c.id
LEFT JOIN (SELECT payment_id, sum(amount) AS amount, bool_or(status = 'pending') AS under_way
           FROM commerce.refund WHERE status <> 'failed' GROUP BY payment_id) r ON r.payment_id = c.id
WHERE c.refunded <> coalesce(g.amount, 0)
    OR (c.refunded <> coalesce(r.amount, 0) AND r.under_way IS NOT TRUE)
"""

_REFUNDS_END = """
SELECT id AS refund_id, order_id, amount, status, failure_code FROM commerce.refund
WHERE status = 'pending' AND created_at < $1
"""

_COUPONS_COUNT = """
SELECT c.id AS coupon_id, c.code, c.used, count(u.order_id) AS uses, c.usage_limit
FROM commerce.coupon c LEFT JOIN commerce.coupon_use u ON u.tenant_id = c.tenant_id AND u.coupon_id = c.id
GROUP BY c.id, c.code, c.used, c.usage_limit HAVING c.used <> count(u.order_id) OR c.used > c.usage_limit
"""

_COUPONS_PER_CUSTOMER = """
SELECT u.coupon_id, u.customer, count(*) AS uses, c.customer_limit
FROM commerce.coupon_use u JOIN commerce.coupon c ON c.tenant_id = u.tenant_id AND c.id = u.coupon_id
GROUP BY u.coupon_id, u.customer, c.customer_limit HAVING count(*) > c.customer_limit
"""

_COUPONS_OF_LIVING_ORDERS = """
SELECT u.coupon_id, u.order_id, o.status FROM commerce.coupon_use u
LEFT JOIN commerce.customer_order o ON o.tenant_id = u.tenant_id AND o.id = u.order_id
WHERE o.status IS NULL OR o.status = 'cancelled'
"""

MONEY_INVARIANTS = (
    Invariant("an order is paid once, and its total", _PAID_ONCE),
    Invariant("a payment is one charge at the gateway", _CHARGED_ONCE),
    Invariant("no charge is left without a payment or refund", _NO_STRAY_CHARGES),
    Invariant("paid money has its order or went back", _NO_ORPHANS),
    Invariant("only paid orders are carried out", _NO_GIFTS),
    Invariant("a try to pay comes to an end", _CONFIRMATIONS_END),
    Invariant("refunds stay within payments", _REFUNDS_WITHIN_PAYMENTS),
    Invariant("orders know their refunds", _ORDERS_KNOW_REFUNDS),
    Invariant("the gateway paid back what was refunded", _GATEWAY_PAID_BACK),
    Invariant("refunds come to an end", _REFUNDS_END),
    Invariant("coupons count their uses", _COUPONS_COUNT),
    Invariant("coupons keep to their limit for each customer", _COUPONS_PER_CUSTOMER),
    Invariant("cancelled orders gave their coupons back", _COUPONS_OF_LIVING_ORDERS),
)
