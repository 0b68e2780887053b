"""Finding products: lists, full text that forgives slips of the keyboard, facets and suggestions."""

from alembic import op

from fourfold.migrations.tables import search_function

revision = "0035"
down_revision = "0030"

# These read listings past row-level security, since its checks would keep them from the index of contents. Each
# takes the tenant of the transaction, and nothing that a caller sends can name another one. A limit makes reading the
# whole table look cheap to the planner, which it is only where hits are everywhere: hence no sequential scans, and
# for the beginning of a word, of whose frequency it knows nothing, no ordered ones.
TENANT = "nullif(current_setting('fourfold.tenant', true), '')::uuid"
SEARCHING = """LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET enable_seqscan = off SET max_parallel_workers_per_gather = 0"""

# A word that no title has is taken for the nearest words that titles do have: those that begin with it, and those
# that differ by the fewest letters.
MENDED = f"""
CREATE FUNCTION commerce.mended_query(asked text) RETURNS tsquery
{SEARCHING}
SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
    tenant uuid := {TENANT};
    token text;
    most integer;
    alike text[];
    other text;
    part tsquery;
    result tsquery;
    mended boolean := false;
BEGIN
    FOREACH token IN ARRAY (tsvector_to_array(to_tsvector('simple', public.unaccent(left(asked, 200)))))[1:8] LOOP
        part := plainto_tsquery('english', token);
        IF length(token) BETWEEN 3 AND 40 AND NOT EXISTS (
            SELECT FROM commerce.search_word w WHERE w.tenant_id = tenant AND w.word = token
        ) THEN
            most := CASE WHEN length(token) < 4 THEN 1 ELSE 2 END;
            SELECT array_agg(found.word) INTO alike FROM (
                SELECT near.word, rank() OVER (ORDER BY near.distance) AS place FROM (
                    SELECT w.word, 0 AS distance FROM commerce.search_word w
                    WHERE w.tenant_id = tenant AND w.word ~>=~ token AND w.word ~<~ (token || chr(1114111))
                    UNION ALL
                    SELECT w.word, public.levenshtein_less_equal(w.word, token, most) FROM commerce.search_word w
                    WHERE w.tenant_id = tenant AND w.word ~>=~ left(token, 1)
                      AND w.word ~<~ (left(token, 1) || chr(1114111)) AND abs(length(w.word) - length(token)) <= most
                    UNION ALL
                    SELECT w.word, public.levenshtein_less_equal(w.word, token, most) FROM commerce.search_word w
                    WHERE w.tenant_id = tenant AND w.word % token
                ) AS near WHERE near.distance <= most
            ) AS found WHERE found.place <= 5;
            FOREACH other IN ARRAY coalesce(alike[1:5], '{{}}') LOOP
                mended := true;
                part := part || plainto_tsquery('english', other);
            END LOOP;
        END IF;
        IF numnode(part) > 0 THEN
            result := CASE WHEN result IS NULL THEN part ELSE result && part END;
        END IF;
    END LOOP;
    RETURN CASE WHEN mended THEN result END;
END $body$
"""

# `ask` has q, category, vendor, min_price, max_price, min_rating, in_stock, options and specifications (lists of
# alternatives). Every value goes through format's %L, so that none becomes a piece of the statement.
CONDITIONS = f"""
CREATE FUNCTION commerce.listing_conditions(ask jsonb) RETURNS text
{SEARCHING} AS $body$
DECLARE
    tenant uuid := {TENANT};
    result text := format('l.tenant_id = %L', tenant);
    ids uuid[];
    chosen uuid;
    alternative jsonb;
    pieces text[];
BEGIN
    IF ask ? 'category' THEN
        SELECT array_agg(c.id) INTO ids FROM commerce.category c
        JOIN commerce.category top ON c.path ^@ top.path
        WHERE c.tenant_id = tenant AND top.tenant_id = tenant
          AND (top.slug = ask->>'category' OR top.id::text = ask->>'category');
        result := result || CASE WHEN ids IS NULL THEN ' AND false'
                                 ELSE format(' AND l.category_ids && %L::uuid[]', ids) END;
    END IF;
    IF ask ? 'vendor' THEN
        SELECT v.id INTO chosen FROM commerce.vendor v
        WHERE v.tenant_id = tenant AND (v.slug = ask->>'vendor' OR v.id::text = ask->>'vendor');
        result := result || CASE WHEN chosen IS NULL THEN ' AND false' ELSE format(' AND l.vendor_id = %L', chosen) END;
    END IF;
    IF ask ? 'min_price' THEN result := result || format(' AND l.price >= %L::bigint', ask->>'min_price'); END IF;
    IF ask ? 'max_price' THEN result := result || format(' AND l.price <= %L::bigint', ask->>'max_price'); END IF;
    IF ask ? 'min_rating' THEN result := result || format(' AND l.rating >= %L::integer', ask->>'min_rating'); END IF;
    IF ask ? 'in_stock' THEN result := result || format(' AND l.in_stock = %L::boolean', ask->>'in_stock'); END IF;
    pieces := NULL;
    FOR alternative IN SELECT jsonb_array_elements(ask->'options') LOOP
        pieces := pieces || format('l.options @> %L::jsonb', jsonb_build_array(alternative));
    END LOOP;
    IF pieces IS NOT NULL THEN result := result || ' AND (' || array_to_string(pieces, ' OR ') || ')'; END IF;
    pieces := NULL;
    FOR alternative IN SELECT jsonb_array_elements(ask->'specifications') LOOP
        pieces := pieces || format('l.specifications @> %L::jsonb', alternative);
    END LOOP;
    IF pieces IS NOT NULL THEN result := result || ' AND (' || array_to_string(pieces, ' OR ') || ')'; END IF;
    RETURN result;
END $body$
"""

# The index of words has each lexeme with the end of its tenant's id before it, and no places: phrases are looked up as
# single words, and found by the second condition. What only excludes words is no matter for the index.
WORDS = f"""
CREATE FUNCTION commerce.words_condition(query tsquery) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $body$
    SELECT format(' AND l.words @@ %L::tsquery', query) || CASE WHEN querytree(query) IN ('', 'T') THEN '' ELSE
        format(' AND commerce.owned_lexemes(l.tenant_id, l.words) @@ %L::tsquery', regexp_replace(regexp_replace(
            query::text, '(^|[ !(])''', '\\1''' || right({TENANT}::text, 6), 'g'), ' <(-|[0-9]+)> ', ' & ', 'g')) END
$body$
"""

# The words that are asked for: as they stand; with the nearest words added when that finds (almost) nothing.
ASKED = f"""
CREATE FUNCTION commerce.asked_query(asked text, conditions text, OUT query tsquery, OUT mended boolean)
{SEARCHING} AS $body$
DECLARE
    tenant uuid := {TENANT};
    few bigint;
    other tsquery;
BEGIN
    mended := false;
    query := websearch_to_tsquery('english', public.unaccent(asked));
    IF numnode(query) = 0 THEN query := websearch_to_tsquery('simple', public.unaccent(asked)); END IF;
    IF asked ~ '["-]' OR NOT EXISTS (
        SELECT FROM unnest(tsvector_to_array(to_tsvector('simple', public.unaccent(asked)))) AS token
        WHERE length(token) BETWEEN 3 AND 40 AND NOT EXISTS (
            SELECT FROM commerce.search_word w WHERE w.tenant_id = tenant AND w.word = token)
    ) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT count(*) FROM (SELECT FROM commerce.listing l WHERE %s%s LIMIT 3) AS hits',
                   conditions, commerce.words_condition(query)) INTO few;
    IF few < 3 THEN
        other := commerce.mended_query(asked);
        IF other IS NOT NULL THEN
            query := query || other;
            mended := true;
        END IF;
    END IF;
END $body$
"""

# One page: the ready items as JSON text, with the key and id of each, which cursors are made of. A search for words
# ranks at most `examined` hits, so that a word which stands everywhere costs no more than any other; `cut` tells of it.
SEARCH = f"""
CREATE FUNCTION commerce.search_listings(ask jsonb, most integer, examined integer)
RETURNS TABLE (card text, key text, product_id uuid, mended boolean, cut boolean)
{SEARCHING} AS $body$
DECLARE
    conditions text := commerce.listing_conditions(ask);
    sort text := ask->>'sort';
    falling text := CASE WHEN ask->>'sort' = 'price' THEN '' ELSE ' DESC' END;
    beyond text := CASE WHEN ask->>'sort' = 'price' THEN '>' ELSE '<' END;
    behind text := '';
    looked_for tsquery;
    was_mended boolean := false;
BEGIN
    IF ask ? 'q' THEN
        SELECT a.query, a.mended INTO looked_for, was_mended FROM commerce.asked_query(ask->>'q', conditions) a;
        conditions := conditions || commerce.words_condition(looked_for);
    END IF;
    IF sort = 'relevance' THEN
        IF ask ? 'after' THEN
            behind := format(' WHERE (h.key, h.product_id) < (%L::bigint, %L::uuid)',
                             ask->'after'->>0, ask->'after'->>1);
        END IF;
        RETURN QUERY EXECUTE format(
            'WITH hits AS MATERIALIZED (SELECT l.product_id,'
            ' (1000000 * ts_rank(%L::real[], l.words, %L::tsquery))::bigint'
            ' + CASE WHEN l.in_stock THEN 1000 ELSE 0 END AS key FROM commerce.listing l WHERE %s LIMIT %s),'
            ' page AS (SELECT h.key, h.product_id FROM hits h%s ORDER BY h.key DESC, h.product_id DESC LIMIT %s)'
            ' SELECT l.card::text, p.key::text, p.product_id, %L::boolean, (SELECT count(*) = %s FROM hits)'
            ' FROM page p JOIN commerce.listing l'
            ' ON l.tenant_id = %L AND l.product_id = p.product_id ORDER BY p.key DESC, p.product_id DESC',
            '{{0.05,0.2,0.4,1.0}}', looked_for, conditions, examined, behind, most, was_mended, examined, {TENANT});
        RETURN;
    END IF;
    sort := CASE sort WHEN 'price' THEN 'price' WHEN '-price' THEN 'price' WHEN '-rating' THEN 'rating'
                      WHEN '-sold' THEN 'sold' ELSE 'created_at' END;
    IF ask ? 'after' THEN
        behind := format(' AND (l.%I, l.product_id) %s (%L::%s, %L::uuid)', sort, beyond, ask->'after'->>0,
                         CASE sort WHEN 'created_at' THEN 'timestamptz' WHEN 'rating' THEN 'integer' ELSE 'bigint' END,
                         ask->'after'->>1);
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT l.card::text, l.%I::text, l.product_id, %L::boolean, false FROM commerce.listing l WHERE %s%s'
        ' ORDER BY l.%I%s, l.product_id%s LIMIT %s',
        sort, was_mended, conditions, behind, sort, falling, falling, most);
END $body$
"""

# How the hits are spread: at most `examined` of them are looked at, and `complete` says whether these were all.
FACETS = f"""
CREATE FUNCTION commerce.count_facets(ask jsonb, examined integer) RETURNS text
{SEARCHING} AS $body$
DECLARE
    tenant uuid := {TENANT};
    conditions text := commerce.listing_conditions(ask);
    looked_for tsquery;
    result text;
BEGIN
    IF ask ? 'q' THEN
        SELECT a.query INTO looked_for FROM commerce.asked_query(ask->>'q', conditions) a;
        conditions := conditions || commerce.words_condition(looked_for);
    END IF;
    EXECUTE format($count$
WITH hits AS MATERIALIZED (
    SELECT l.category_ids, l.vendor_id, l.price, l.in_stock, l.option_tokens
    FROM commerce.listing l WHERE %1$s LIMIT %2$s
), whole AS (
    SELECT count(*) AS total, count(*) FILTER (WHERE in_stock) AS here, min(price) AS least, max(price) AS most,
           (SELECT l.card->'price'->>'currency' FROM commerce.listing l WHERE l.tenant_id = %3$L LIMIT 1) AS currency
    FROM hits
), sets AS (
    SELECT category_ids, count(*) AS products FROM hits GROUP BY category_ids
), tree AS (
    SELECT step.id, sum(s.products) AS products FROM sets s CROSS JOIN LATERAL (
        SELECT DISTINCT piece::uuid AS id FROM commerce.category c
        CROSS JOIN LATERAL unnest(string_to_array(trim('/' FROM c.path), '/')) AS piece
        WHERE c.tenant_id = %3$L AND c.id = ANY(s.category_ids)
    ) AS step GROUP BY step.id
), tokens AS (
    SELECT token, count(*) AS products FROM hits CROSS JOIN LATERAL unnest(option_tokens) AS token GROUP BY token
), named AS (
    SELECT split_part(token, chr(31), 1) AS name, split_part(token, chr(31), 2) AS value, products,
           row_number() OVER (PARTITION BY split_part(token, chr(31), 1) ORDER BY products DESC, token) AS place
    FROM tokens
), width AS (
    SELECT w.least, w.currency, greatest(1, ceil((w.most - w.least + 1) / 5.0)::bigint) AS step FROM whole w
), buckets AS (
    SELECT (h.price - w.least) / w.step AS at, count(*) AS products FROM hits h CROSS JOIN width w GROUP BY 1
)
SELECT jsonb_build_object(
    'total', w.total, 'complete', w.total < %2$s,
    'in_stock', jsonb_build_object('true', w.here, 'false', w.total - w.here),
    'categories', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'parent_id', c.parent_id, 'slug', c.slug,
        'name', c.name, 'count', t.products) ORDER BY t.products DESC, c.slug), '[]')
        FROM (SELECT * FROM tree ORDER BY products DESC LIMIT 100) t
        JOIN commerce.category c ON c.tenant_id = %3$L AND c.id = t.id),
    'vendors', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'slug', v.slug, 'name', v.name,
        'count', h.products) ORDER BY h.products DESC, v.slug), '[]')
        FROM (SELECT vendor_id, count(*) AS products FROM hits GROUP BY vendor_id ORDER BY 2 DESC LIMIT 100) h
        JOIN commerce.vendor v ON v.tenant_id = %3$L AND v.id = h.vendor_id),
    'options', (SELECT coalesce(jsonb_object_agg(o.name, o.counts), '{{}}') FROM (
        SELECT name, jsonb_agg(jsonb_build_object('value', value, 'count', products) ORDER BY place) AS counts
        FROM named WHERE place <= 50 GROUP BY name) o),
    'price', CASE WHEN w.total > 0 THEN jsonb_build_object(
        'min', jsonb_build_object('amount', w.least, 'currency', w.currency),
        'max', jsonb_build_object('amount', w.most, 'currency', w.currency),
        'buckets', (SELECT jsonb_agg(jsonb_build_object('from', d.least + b.at * d.step,
            'to', d.least + (b.at + 1) * d.step - 1, 'count', b.products) ORDER BY b.at)
            FROM buckets b CROSS JOIN width d)) END
)::text FROM whole w
$count$, conditions, examined, tenant) INTO result;
    RETURN result;
END $body$
"""

SUGGEST = f"""
CREATE FUNCTION commerce.suggest(asked text, most integer)
RETURNS TABLE (kind text, label text, slug text, image_url text)
{SEARCHING}
SET enable_indexscan = off SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
    tenant uuid := {TENANT};
    plain text := lower(public.unaccent(trim(asked)));
    last text := substring(plain FROM '([[:alnum:]]+)[^[:alnum:]]*$');
    query tsquery;
    found boolean;
BEGIN
    RETURN QUERY SELECT 'category', c.name, c.slug, NULL::text FROM commerce.category c
        WHERE c.tenant_id = tenant AND lower(public.unaccent(c.name)) ^@ plain ORDER BY length(c.path), c.name LIMIT 3;
    IF last IS NULL OR length(last) < 2 THEN RETURN; END IF;
    RETURN QUERY SELECT 'word', left(plain, length(plain) - length(last)) || w.word, NULL::text, NULL::text
        FROM commerce.search_word w WHERE w.tenant_id = tenant AND w.word ~>=~ last
        AND w.word ~<~ (last || chr(1114111)) AND length(w.word) > length(last) ORDER BY length(w.word), w.word LIMIT 3;
    query := plainto_tsquery('english', left(plain, length(plain) - length(last)));
    IF length(last) > 2 THEN
        query := CASE WHEN numnode(query) = 0 THEN to_tsquery('simple', last || ':*')
                      ELSE query && to_tsquery('simple', last || ':*') END;
        EXECUTE format('SELECT EXISTS (SELECT FROM commerce.listing l WHERE l.tenant_id = %L%s)',
                       tenant, commerce.words_condition(query)) INTO found;
        IF NOT found THEN
            query := coalesce(commerce.mended_query(asked), query);
        END IF;
    END IF;
    IF numnode(query) = 0 THEN RETURN; END IF;
    RETURN QUERY EXECUTE format(
        'WITH hits AS MATERIALIZED (SELECT l.product_id, l.title, l.slug, l.card->>''image_url'' AS image_url, l.sold'
        ' FROM commerce.listing l WHERE l.tenant_id = %L%s LIMIT 300)'
        ' SELECT ''product'', h.title, h.slug, h.image_url FROM hits h ORDER BY h.sold DESC, h.product_id DESC'
        ' LIMIT %s',
        tenant, commerce.words_condition(query), most);
END $body$
"""


def upgrade() -> None:
    """Makes the functions of the search."""
    search_function("commerce.mended_query(text)", MENDED)
    search_function("commerce.listing_conditions(jsonb)", CONDITIONS)
    search_function("commerce.words_condition(tsquery)", WORDS)
    search_function("commerce.asked_query(text, text)", ASKED)
    search_function("commerce.search_listings(jsonb, integer, integer)", SEARCH)
    search_function("commerce.count_facets(jsonb, integer)", FACETS)
    search_function("commerce.suggest(text, integer)", SUGGEST)


def downgrade() -> None:
    """Drops the functions."""
    op.execute(
        "DROP FUNCTION commerce.suggest(text, integer), commerce.count_facets(jsonb, integer),"
        " commerce.search_listings(jsonb, integer, integer), commerce.asked_query(text, text),"
        " commerce.words_condition(tsquery), commerce.listing_conditions(jsonb), commerce.mended_query(text)"
    )
