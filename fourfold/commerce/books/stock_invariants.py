"""What is always true of stock, and of the rows that the search reads."""

from fourfold.commerce.books.invariant import Invariant

_WITHIN_LIMITS = """
SELECT variant_id, location, on_hand, reserved, allocated, backorder_limit FROM commerce.stock_level
WHERE on_hand < 0 OR reserved < 0 OR allocated < 0 OR reserved + allocated > on_hand + backorder_limit
"""

_COUNTS_RESERVATIONS = """
SELECT l.variant_id, l.location, l.reserved, l.allocated, coalesce(r.held, 0) AS held_by_orders,
       coalesce(r.allocated, 0) AS allocated_to_orders
FROM commerce.stock_level l LEFT JOIN (
    SELECT variant_id, location, sum(quantity) FILTER (WHERE state = 'held') AS held,
           sum(quantity) FILTER (WHERE state = 'allocated') AS allocated
    FROM commerce.stock_reservation GROUP BY variant_id, location
) r USING (variant_id, location)
WHERE l.reserved <> coalesce(r.held, 0) OR l.allocated <> coalesce(r.allocated, 0)
"""

_SUMS_MOVEMENTS = """
SELECT l.variant_id, l.location, l.on_hand, coalesce(m.moved, 0) AS moved
FROM commerce.stock_level l LEFT JOIN (
    SELECT variant_id, location, sum(delta) AS moved FROM commerce.stock_movement GROUP BY variant_id, location
) m USING (variant_id, location)
WHERE l.on_hand <> coalesce(m.moved, 0)
"""

# A pending order holds all of its pieces, a paid one is promised them or has sent them, a cancelled one has none.
_FOLLOWS_ORDERS = """
SELECT order_id, variant_id, o.status, coalesce(s.wanted, 0) AS wanted, coalesce(r.held, 0) AS held,
       coalesce(r.promised, 0) AS promised
FROM (SELECT order_id, variant_id, sum(quantity) AS wanted FROM commerce.order_line GROUP BY order_id, variant_id) s
FULL JOIN (
    SELECT order_id, variant_id, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
           coalesce(sum(quantity) FILTER (WHERE state IN ('allocated', 'shipped')), 0) AS promised
    FROM commerce.stock_reservation GROUP BY order_id, variant_id
) r USING (order_id, variant_id)
LEFT JOIN commerce.customer_order o ON o.id = order_id
WHERE (coalesce(r.held, 0), coalesce(r.promised, 0)) IS DISTINCT FROM CASE
    WHEN o.status = 'pending' THEN (coalesce(s.wanted, 0), 0::bigint)
    WHEN o.status IN ('processing', 'shipped', 'delivered') THEN (0::bigint, coalesce(s.wanted, 0))
    ELSE (0::bigint, 0::bigint) END
"""

_SHIPPED_ONCE = """
SELECT order_id, variant_id, coalesce(r.shipped, 0) AS shipped, coalesce(m.moved, 0) AS moved
FROM (SELECT order_id, variant_id, sum(quantity) AS shipped FROM commerce.stock_reservation
      WHERE state = 'shipped' GROUP BY order_id, variant_id) r
FULL JOIN (SELECT cause_id AS order_id, variant_id, -sum(delta) AS moved FROM commerce.stock_movement
           WHERE reason = 'shipped' GROUP BY cause_id, variant_id) m USING (order_id, variant_id)
WHERE coalesce(r.shipped, 0) <> coalesce(m.moved, 0)
"""

# Products that have just been changed may still wait for their listing.
_LISTED_AS_THEY_ARE = """
WITH truth AS (
    SELECT p.id AS product_id, min(v.price) AS price, max(v.price) AS max_price,
           bool_or(coalesce(s.free, 0) > 0) AS in_stock, max(greatest(p.updated_at, s.changed_at)) AS changed_at
    FROM commerce.product p
    JOIN commerce.vendor o ON o.tenant_id = p.tenant_id AND o.id = p.vendor_id AND o.status = 'approved'
    JOIN commerce.variant v ON v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.active
    LEFT JOIN (SELECT variant_id, sum(on_hand + backorder_limit - reserved - allocated) AS free,
                      max(updated_at) AS changed_at FROM commerce.stock_level GROUP BY variant_id) s
        ON s.variant_id = v.id
    WHERE p.status = 'published' GROUP BY p.id
)
SELECT product_id, t.price, l.price AS listed_price, t.max_price, l.max_price AS listed_max_price, t.in_stock,
       l.in_stock AS listed_in_stock
FROM truth t FULL JOIN commerce.listing l USING (product_id)
WHERE (t.price, t.max_price, t.in_stock) IS DISTINCT FROM (l.price, l.max_price, l.in_stock)
    AND coalesce(t.changed_at, l.created_at) < $1
"""

STOCK_INVARIANTS = (
    Invariant("stock is never oversold", _WITHIN_LIMITS),
    Invariant("stock counts what orders hold", _COUNTS_RESERVATIONS),
    Invariant("stock is the sum of its movements", _SUMS_MOVEMENTS),
    Invariant("each order has the stock that its status says", _FOLLOWS_ORDERS),
    Invariant("what was shipped left the shelf once", _SHIPPED_ONCE),
    Invariant("listings tell prices and stock as they are", _LISTED_AS_THEY_ARE),
)
