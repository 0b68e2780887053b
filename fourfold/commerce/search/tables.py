"""How listings are kept: one row for each product that can be found, made anew from the catalogue and the stock."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.ground.db import Connection

# Names and values of options and specifications are kept in lower case, since that is how they are asked for. The
# option "" says of a variant that it is in stock, so that "blue, and in stock" is answered by one variant, too.
_REFRESH = """
WITH source AS MATERIALIZED (
    SELECT p.id, p.vendor_id, n.slug AS vendor_slug, n.name AS vendor_name, p.slug, p.title, p.currency, p.rating,
           p.rating_count, p.sold, p.created_at, p.tags, p.kind, left(p.description, 4000) AS description, v.price,
           v.max_price, v.in_stock, v.options, v.tokens, v.chosen, v.skus, c.ids AS category_ids,
           c.names AS category_names, i.url AS image_url,
           coalesce((SELECT jsonb_object_agg(lower(s.key), CASE jsonb_typeof(s.value)
               WHEN 'array' THEN (SELECT jsonb_agg(lower(e)) FROM jsonb_array_elements_text(s.value) AS e)
               ELSE jsonb_build_array(lower(s.value #>> '{}')) END) FROM jsonb_each(p.specifications) AS s), '{}')
               AS specifications
    FROM commerce.product p
    JOIN commerce.vendor n ON n.tenant_id = p.tenant_id AND n.id = p.vendor_id
    CROSS JOIN LATERAL (
        SELECT min(a.price) AS price, max(a.price) AS max_price, bool_or(a.free > 0) AS in_stock,
               jsonb_agg(a.low || CASE WHEN a.free > 0 THEN '{"": "1"}' ELSE '{}' END::jsonb) AS options,
               ARRAY(SELECT DISTINCT o.key || chr(31) || o.value FROM unnest(array_agg(a.low)) AS one,
                     jsonb_each_text(one) AS o) AS tokens,
               (SELECT string_agg(DISTINCT o.value, ' ') FROM unnest(array_agg(a.low)) AS one,
                jsonb_each_text(one) AS o) AS chosen,
               string_agg(a.sku, ' ') AS skus
        FROM (
            SELECT v.price, v.sku, coalesce((SELECT jsonb_object_agg(lower(o.key), lower(o.value))
                                      FROM jsonb_each_text(v.options) AS o), '{}') AS low,
                   (SELECT sum(l.on_hand + l.backorder_limit - l.reserved - l.allocated) FROM commerce.stock_level l
                    WHERE l.tenant_id = v.tenant_id AND l.variant_id = v.id) AS free
            FROM commerce.variant v WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.active
        ) AS a
    ) AS v
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(g.id ORDER BY g.id), '{}') AS ids, coalesce(string_agg(g.name, ' '), '') AS names
        FROM commerce.product_category pc
        JOIN commerce.category g ON g.tenant_id = pc.tenant_id AND g.id = pc.category_id
        WHERE pc.tenant_id = p.tenant_id AND pc.product_id = p.id
    ) AS c
    LEFT JOIN LATERAL (
        SELECT coalesce(m.source_url, '/v1/commerce/images/' || m.id || '/320') AS url FROM commerce.product_image m
        WHERE m.tenant_id = p.tenant_id AND m.product_id = p.id AND m.status = 'done' ORDER BY m.position, m.id LIMIT 1
    ) AS i ON true
    WHERE p.tenant_id = $1 AND p.id = ANY($2) AND p.status = 'published' AND n.status = 'approved'
      AND v.price IS NOT NULL
), gone AS (
    DELETE FROM commerce.listing l WHERE l.tenant_id = $1 AND l.product_id = ANY($2)
        AND NOT EXISTS (SELECT FROM source s WHERE s.id = l.product_id)
), named AS (
    INSERT INTO commerce.search_word (tenant_id, word)
    SELECT $1, w.word
    FROM (SELECT left(string_agg(left(concat_ws(' ', s.title, array_to_string(s.tags, ' '), s.vendor_name,
              s.category_names, s.chosen), 1000), ' '), 900000) AS said FROM source s) AS batch
    CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('simple', public.unaccent(batch.said)))) AS w (word)
    WHERE length(w.word) BETWEEN 3 AND 40 AND w.word !~ '[0-9]' AND NOT EXISTS (
        SELECT FROM commerce.search_word k WHERE k.tenant_id = $1 AND k.word = w.word)
    ORDER BY 2 ON CONFLICT DO NOTHING
)
INSERT INTO commerce.listing AS l (tenant_id, product_id, vendor_id, vendor_slug, slug, title, card, price, max_price,
    rating, sold, in_stock, created_at, category_ids, tags, options, option_tokens, specifications, words, plain)
SELECT $1, s.id, s.vendor_id, s.vendor_slug, s.slug, s.title,
       jsonb_build_object('id', s.id, 'slug', s.slug, 'title', s.title,
           'price', jsonb_build_object('amount', s.price, 'currency', s.currency),
           'rating', CASE WHEN s.rating_count > 0 THEN round(s.rating / 100.0, 2) END, 'in_stock', s.in_stock,
           'image_url', s.image_url,
           'vendor', jsonb_build_object('id', s.vendor_id, 'slug', s.vendor_slug, 'name', s.vendor_name)),
       s.price, s.max_price, s.rating, s.sold, coalesce(s.in_stock, false), s.created_at, s.category_ids, s.tags,
       s.options, s.tokens, s.specifications,
       setweight(to_tsvector('english', public.unaccent(s.title)), 'A')
       || setweight(to_tsvector('simple', public.unaccent(s.title)), 'A')
       || setweight(to_tsvector('english', public.unaccent(concat_ws(
              ' ', array_to_string(s.tags, ' '), s.kind, s.vendor_name, s.category_names, s.chosen))), 'B')
       || setweight(to_tsvector('simple', coalesce(s.skus, '')), 'C')
       || setweight(to_tsvector('english', public.unaccent(s.description)), 'D'),
       lower(public.unaccent(s.title))
FROM source s ORDER BY s.id
ON CONFLICT (tenant_id, product_id) DO UPDATE SET vendor_id = excluded.vendor_id, vendor_slug = excluded.vendor_slug,
    slug = excluded.slug, title = excluded.title, card = excluded.card, price = excluded.price,
    max_price = excluded.max_price, rating = excluded.rating, sold = excluded.sold, in_stock = excluded.in_stock,
    created_at = excluded.created_at, category_ids = excluded.category_ids, tags = excluded.tags,
    options = excluded.options, option_tokens = excluded.option_tokens, specifications = excluded.specifications,
    words = excluded.words, plain = excluded.plain
"""


async def lock_products(db: Connection, product_ids: Sequence[UUID]) -> None:
    """Waits for others who change these products, and makes them wait, so that the last refresh has seen all."""
    await db.execute("SELECT FROM commerce.product WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", product_ids)


async def refresh(db: Connection, tenant_id: UUID, product_ids: Sequence[UUID]) -> None:
    """Writes the listings of the products, and removes those of products that are not on sale."""
    await db.execute(_REFRESH, tenant_id, product_ids)


async def remove_listings_of_vendor(db: Connection, vendor_id: UUID) -> None:
    """Takes all products of a vendor out of the shop."""
    await db.execute("DELETE FROM commerce.listing WHERE vendor_id = $1", vendor_id)


async def count_sold(db: Connection, order_id: UUID) -> None:
    """Adds the pieces of an order to what its products have sold."""
    await db.execute(
        "WITH sold AS (SELECT product_id, sum(quantity) AS pieces FROM commerce.order_line WHERE order_id = $1"
        " GROUP BY product_id), locked AS MATERIALIZED (SELECT p.id, s.pieces FROM commerce.product p JOIN sold s"
        " ON s.product_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p), counted AS ("
        " UPDATE commerce.product p SET sold = p.sold + k.pieces FROM locked k WHERE p.id = k.id"
        " RETURNING p.id, p.sold) UPDATE commerce.listing l SET sold = c.sold FROM counted c WHERE l.product_id = c.id",
        order_id,
    )
