"""What sells and how it is liked, kept with the product; words for the search; pictures that are still being made."""

from alembic import op

from fourfold.migrations.tables import OWNER, SEARCH, tenant_table

revision = "0010"
down_revision = "0002"
IRREVERSIBLE = "Ratings, and addresses of vendors, would be lost."

# Each lexeme is indexed together with its tenant: to look for the word in all tenants, or to look for the tenant's
# listings beside the word's, takes several times as long. The cost keeps the planner from computing this row by row.
OWNED_LEXEMES = """
CREATE FUNCTION commerce.owned_lexemes(tenant uuid, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 300 AS $body$
    SELECT array_to_tsvector(ARRAY(
        SELECT right(tenant::text, 6) || lexeme FROM unnest(tsvector_to_array(words)) AS lexeme))
$body$
"""


def upgrade() -> None:
    """Adds the columns, the vocabulary and the indexes that the search reads."""
    _extensions()
    op.execute(
        "ALTER TABLE commerce.product ADD COLUMN rating integer NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 500),"
        " ADD COLUMN rating_count integer NOT NULL DEFAULT 0, ADD COLUMN sold bigint NOT NULL DEFAULT 0"
    )
    op.execute(
        "ALTER TABLE commerce.product_image ADD COLUMN status text NOT NULL DEFAULT 'done'"
        " CHECK (status IN ('processing', 'done', 'failed')), ADD COLUMN error text, ADD COLUMN version integer"
        " NOT NULL DEFAULT 1"
    )
    op.execute(
        "ALTER TABLE commerce.vendor ADD COLUMN email text NOT NULL DEFAULT '',"
        " ADD COLUMN version integer NOT NULL DEFAULT 1"
    )
    op.execute("ALTER TABLE commerce.shop ADD COLUMN version integer NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE commerce.listing ADD COLUMN option_tokens text[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE INDEX line_of_product ON commerce.order_line (tenant_id, product_id)")
    op.execute("CREATE INDEX category_children ON commerce.category (tenant_id, parent_id, position, id)")
    _search()


def _extensions() -> None:
    op.execute("RESET ROLE")
    for name in ("btree_gin", "fuzzystrmatch", "unaccent"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA public")
    op.execute(f"SET ROLE {OWNER}")


def _search() -> None:
    for column in ("price", "created_at", "rating", "sold"):
        op.execute(f"CREATE INDEX listing_by_{column} ON commerce.listing (tenant_id, {column}, product_id)")
    # The lists of pending entries are short, since every search reads them.
    op.execute(OWNED_LEXEMES)
    op.execute(
        "CREATE INDEX listing_words ON commerce.listing USING gin (commerce.owned_lexemes(tenant_id, words))"
        " WITH (gin_pending_list_limit = 256)"
    )
    op.execute(
        "CREATE INDEX listing_content ON commerce.listing USING gin (tenant_id, category_ids, options jsonb_path_ops,"
        " specifications jsonb_path_ops) WITH (gin_pending_list_limit = 256)"
    )
    op.execute("CREATE INDEX listing_of_vendor ON commerce.listing (tenant_id, vendor_id, product_id)")
    # The words of the titles: a mistyped word is put right here, which costs less than a fuzzy search of products.
    tenant_table("commerce.search_word", "word text NOT NULL", key="word")
    op.execute("CREATE INDEX search_word_start ON commerce.search_word (tenant_id, word text_pattern_ops)")
    op.execute("CREATE INDEX search_word_alike ON commerce.search_word USING gin (tenant_id, word gin_trgm_ops)")
    for table in ("listing", "category", "vendor", "search_word"):
        op.execute(f"GRANT SELECT ON commerce.{table} TO {SEARCH}")
