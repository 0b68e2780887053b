"""Reads of tax rates, coupons and shipping methods, and all at once of what the price of a cart depends on."""

from uuid import UUID

import asyncpg

from fourfold.commerce.catalog.queries import SELLABLE
from fourfold.ground.db import Connection

COUPON = (
    "id, code, kind, basis_points, amount, currency, buy, free, minimum, starts_at, ends_at, category_ids, usage_limit,"
    " customer_limit, used, active, version, created_at"
)
TAX_RATE = "id, tax_class, country, region, basis_points, version, created_at"
SHIPPING_METHOD = (
    "id, name, countries, price, currency, free_from, max_weight_grams, tax_class, active, version, created_at"
)

# One statement reads the cart and all that its price depends on: each round trip costs more than all of these rows.
# Of several rates for a tax class the most exact one holds: region, then country, then everywhere.
_FACTORS = f"""
WITH place AS (
  SELECT coalesce($3, (SELECT address ->> 'country' FROM commerce.shop), '') AS country, upper($4) AS region
)
SELECT k.id, k.account_id, k.status, k.currency, k.coupons AS codes, k.version, place.country,
  coalesce((SELECT prices_include_tax FROM commerce.shop), true) AS prices_include_tax,
  (SELECT jsonb_agg(jsonb_build_array(l.id, l.variant_id, l.quantity, l.seen_price) ORDER BY l.created_at, l.id)
   FROM commerce.cart_line l WHERE l.cart_id = $1) AS lines,
  (SELECT jsonb_agg(to_jsonb(s)) FROM ({SELLABLE}
     WHERE v.id IN (SELECT l.variant_id FROM commerce.cart_line l WHERE l.cart_id = $1)) s) AS variants,
  (SELECT jsonb_object_agg(r.tax_class, r.basis_points) FROM (
     SELECT DISTINCT ON (tax_class) tax_class, basis_points FROM commerce.tax_rate
     WHERE country IN (place.country, '*') AND region IN ('', place.region)
     ORDER BY tax_class, country = '*', region = '') r) AS rates,
  (SELECT jsonb_agg(jsonb_build_array(m.id, m.name, m.price, m.countries, m.free_from, m.max_weight_grams, m.tax_class))
   FROM commerce.shipping_method m WHERE m.active AND m.currency = k.currency
     AND (m.countries IS NULL OR place.country = ANY (m.countries))) AS methods,
  (SELECT jsonb_agg(to_jsonb(c)) FROM (
     SELECT {COUPON} FROM commerce.coupon WHERE code = ANY (k.coupons) AND active) c) AS coupons
FROM commerce.cart k CROSS JOIN place WHERE k.id = $1 AND k.account_id IS NOT DISTINCT FROM $2
"""


async def price_factors(
    db: Connection, cart_id: UUID, account_id: UUID | None, country: str | None, region: str
) -> asyncpg.Record | None:
    """A cart of an account (None: a visitor's), and what applies to it at a place (by default the shop's own country).

    Columns: those of the cart, country, prices_include_tax, lines [[id, variant, quantity, seen price]], variants as
    JSON of `SellableVariant`, rates {tax class: basis points}, methods [[id, name, price, countries, free_from,
    max_weight_grams, tax_class]], coupons; null where there is none.
    """
    return await db.fetchrow(_FACTORS, cart_id, account_id, country, region)


async def any_shipping_method(db: Connection, currency: str) -> bool:
    """Whether the tenant has a way to send anything that is sold in the currency, in use or not."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.shipping_method WHERE currency = $1)", currency))


async def coupon_with_id(db: Connection, coupon_id: UUID, *, locked: bool = False) -> asyncpg.Record | None:
    """One coupon, locked against a second edit if so asked."""
    lock = " FOR UPDATE" if locked else ""
    return await db.fetchrow(f"SELECT {COUPON} FROM commerce.coupon WHERE id = $1{lock}", coupon_id)


async def coupons_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Coupons, newest first."""
    return await db.fetch(
        f"SELECT {COUPON} FROM commerce.coupon WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after,
        limit,
    )


async def coupon_was_used(db: Connection, coupon_id: UUID) -> bool:
    """Whether an order has used the coupon."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.coupon_use WHERE coupon_id = $1)", coupon_id))


async def tax_rate_with_id(db: Connection, rate_id: UUID, *, locked: bool = False) -> asyncpg.Record | None:
    """One tax rate, locked against a second edit if so asked."""
    lock = " FOR UPDATE" if locked else ""
    return await db.fetchrow(f"SELECT {TAX_RATE} FROM commerce.tax_rate WHERE id = $1{lock}", rate_id)


async def tax_rates_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Tax rates, newest first."""
    return await db.fetch(
        f"SELECT {TAX_RATE} FROM commerce.tax_rate WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after, limit,
    )  # fmt: skip


async def shipping_method_with_id(db: Connection, method_id: UUID, *, locked: bool = False) -> asyncpg.Record | None:
    """One shipping method, locked against a second edit if so asked."""
    lock = " FOR UPDATE" if locked else ""
    return await db.fetchrow(f"SELECT {SHIPPING_METHOD} FROM commerce.shipping_method WHERE id = $1{lock}", method_id)


async def shipping_methods(db: Connection, country: str | None, *, unused_too: bool) -> list[asyncpg.Record]:
    """The ways to send, to one country or to any, cheapest first."""
    return await db.fetch(
        f"SELECT {SHIPPING_METHOD} FROM commerce.shipping_method"
        " WHERE (active OR $2) AND ($1::text IS NULL OR countries IS NULL OR $1 = ANY (countries))"
        " ORDER BY price, name, id LIMIT 500",
        country, unused_too,
    )  # fmt: skip
