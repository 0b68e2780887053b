"""The shop's own facts, vendors, the catalogue, stock, and what the search reads."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0001"
down_revision = None
IRREVERSIBLE = "Its tables hold the catalogue and the stock."


def upgrade() -> None:
    """Makes the tables of vendors, catalogue, stock and search."""
    _shop_and_vendors()
    _catalog()
    _stock()
    _search_and_imports()


def _shop_and_vendors() -> None:
    tenant_table(
        "commerce.shop",
        """name text NOT NULL, currency text NOT NULL DEFAULT 'EUR', prices_include_tax boolean NOT NULL DEFAULT true,
        address jsonb NOT NULL DEFAULT '{}', tax_id text NOT NULL DEFAULT '', logo_key text,
        created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL""",
        key="",
    )
    tenant_table(
        "commerce.vendor",
        """id uuid NOT NULL, account_id uuid, name text NOT NULL, slug text NOT NULL,
        house boolean NOT NULL DEFAULT false,
        status text NOT NULL DEFAULT 'approved' CHECK (status IN ('applied', 'approved', 'suspended')),
        commission_bp integer NOT NULL DEFAULT 1000 CHECK (commission_bp BETWEEN 0 AND 10000),
        address jsonb NOT NULL DEFAULT '{}', tax_id text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, UNIQUE (tenant_id, slug)""",
    )
    op.execute(
        "CREATE UNIQUE INDEX vendor_of_account ON commerce.vendor (tenant_id, account_id) WHERE account_id IS NOT NULL"
    )
    op.execute("CREATE UNIQUE INDEX one_house_vendor ON commerce.vendor (tenant_id) WHERE house")


def _catalog() -> None:
    # `path` is the materialised path of ids, '/parent/child/': a subtree is a prefix, and a cycle cannot be written.
    tenant_table(
        "commerce.category",
        """id uuid NOT NULL, parent_id uuid, name text NOT NULL, slug text NOT NULL, path text NOT NULL,
        position integer NOT NULL DEFAULT 0, version integer NOT NULL DEFAULT 1, created_at timestamptz NOT NULL,
        UNIQUE (tenant_id, slug), CHECK (path LIKE '%/' || id || '/'),
        FOREIGN KEY (tenant_id, parent_id) REFERENCES commerce.category (tenant_id, id)""",
    )
    op.execute("CREATE INDEX category_by_path ON commerce.category (tenant_id, path text_pattern_ops)")
    tenant_table(
        "commerce.product",
        """id uuid NOT NULL, vendor_id uuid NOT NULL, slug text NOT NULL, title text NOT NULL,
        description text NOT NULL DEFAULT '', status text NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
        kind text NOT NULL DEFAULT '', tags text[] NOT NULL DEFAULT '{}', options text[] NOT NULL DEFAULT '{}',
        specifications jsonb NOT NULL DEFAULT '{}', seo_title text NOT NULL DEFAULT '',
        seo_description text NOT NULL DEFAULT '', tax_class text NOT NULL DEFAULT 'standard', currency text NOT NULL,
        fingerprint text, version integer NOT NULL DEFAULT 1, created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL, published_at timestamptz, UNIQUE (tenant_id, slug),
        FOREIGN KEY (tenant_id, vendor_id) REFERENCES commerce.vendor (tenant_id, id)""",
    )
    op.execute("CREATE INDEX product_of_vendor ON commerce.product (tenant_id, vendor_id, id)")
    tenant_table(
        "commerce.variant",
        """id uuid NOT NULL, product_id uuid NOT NULL, vendor_id uuid NOT NULL, sku text,
        title text NOT NULL DEFAULT '',
        options jsonb NOT NULL DEFAULT '{}', options_key text NOT NULL DEFAULT '',
        price bigint NOT NULL CHECK (price >= 0), compare_at bigint CHECK (compare_at >= 0), barcode text,
        weight_grams integer NOT NULL DEFAULT 0 CHECK (weight_grams >= 0), backorder boolean NOT NULL DEFAULT false,
        position integer NOT NULL DEFAULT 0, active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL,
        FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.product (tenant_id, id)""",
    )
    op.execute("CREATE INDEX variant_of_product ON commerce.variant (tenant_id, product_id, position)")
    op.execute(
        "CREATE UNIQUE INDEX variant_sku ON commerce.variant (tenant_id, vendor_id, sku) WHERE sku IS NOT"
        " NULL AND active"
    )
    op.execute(
        "CREATE UNIQUE INDEX variant_options ON commerce.variant (tenant_id, product_id, options_key) WHERE active"
    )
    tenant_table(
        "commerce.product_category",
        """product_id uuid NOT NULL, category_id uuid NOT NULL,
        FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.product (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, category_id) REFERENCES commerce.category (tenant_id, id)""",
        key="product_id, category_id",
    )
    op.execute("CREATE INDEX product_in_category ON commerce.product_category (tenant_id, category_id)")
    # Either our own stored file (`key`, with smaller ones in `sizes`) or an address elsewhere (`source_url`).
    tenant_table(
        "commerce.product_image",
        """id uuid NOT NULL, product_id uuid NOT NULL, variant_id uuid, position integer NOT NULL,
        alt text NOT NULL DEFAULT '',
        source_url text, key text, sizes jsonb NOT NULL DEFAULT '{}', width integer, height integer, content_type text,
        created_at timestamptz NOT NULL, CHECK ((source_url IS NULL) <> (key IS NULL)),
        FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.product (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.variant (tenant_id, id)""",
    )
    op.execute("CREATE INDEX image_of_product ON commerce.product_image (tenant_id, product_id, position)")


def _stock() -> None:
    tenant_table(
        "commerce.stock_level",
        """variant_id uuid NOT NULL, location text NOT NULL DEFAULT 'main', on_hand integer NOT NULL DEFAULT 0,
        reserved integer NOT NULL DEFAULT 0, allocated integer NOT NULL DEFAULT 0,
        backorder_limit integer NOT NULL DEFAULT 0,
        low_at integer NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL,
        CONSTRAINT never_negative CHECK (on_hand >= 0 AND reserved >= 0 AND allocated >= 0 AND backorder_limit >= 0),
        CONSTRAINT never_oversold CHECK (reserved + allocated <= on_hand + backorder_limit),
        FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.variant (tenant_id, id)""",
        key="variant_id, location",
    )
    # One row follows its units from the checkout to the parcel: held and allocated rows are what the level counts.
    tenant_table(
        "commerce.stock_reservation",
        """id uuid NOT NULL, order_id uuid NOT NULL, variant_id uuid NOT NULL, location text NOT NULL,
        quantity integer NOT NULL CHECK (quantity > 0),
        state text NOT NULL CHECK (state IN ('held', 'allocated', 'released', 'shipped')),
        created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
        FOREIGN KEY (tenant_id, variant_id, location) REFERENCES commerce.stock_level (tenant_id, variant_id,
        location)""",
    )
    op.execute("CREATE INDEX reservation_of_order ON commerce.stock_reservation (tenant_id, order_id)")
    op.execute(
        "CREATE INDEX reservation_of_level ON commerce.stock_reservation (tenant_id, variant_id, location, state)"
    )
    tenant_table(
        "commerce.stock_movement",
        """id uuid NOT NULL, variant_id uuid NOT NULL, location text NOT NULL, delta integer NOT NULL,
        reason text NOT NULL CHECK (reason IN ('initial', 'import', 'received', 'counted', 'damaged', 'correction',
                                               'shipped', 'returned')),
        cause_id uuid, note text NOT NULL DEFAULT '', actor text NOT NULL, at timestamptz NOT NULL,
        FOREIGN KEY (tenant_id, variant_id, location) REFERENCES commerce.stock_level (tenant_id, variant_id,
        location)""",
    )
    op.execute("CREATE INDEX movement_of_level ON commerce.stock_movement (tenant_id, variant_id, location, id)")


def _search_and_imports() -> None:
    # One row for each product that can be found: everything that a list, a filter or a facet asks for.
    tenant_table(
        "commerce.listing",
        """product_id uuid NOT NULL, vendor_id uuid NOT NULL, vendor_slug text NOT NULL, slug text NOT NULL,
        title text NOT NULL,
        card jsonb NOT NULL, price bigint NOT NULL, max_price bigint NOT NULL, rating integer NOT NULL DEFAULT 0,
        sold bigint NOT NULL DEFAULT 0, in_stock boolean NOT NULL, created_at timestamptz NOT NULL,
        category_ids uuid[] NOT NULL, tags text[] NOT NULL, options jsonb NOT NULL DEFAULT '[]',
        specifications jsonb NOT NULL DEFAULT '{}', words tsvector NOT NULL, plain text NOT NULL,
        FOREIGN KEY (tenant_id, product_id) REFERENCES commerce.product (tenant_id, id) ON DELETE CASCADE""",
        key="product_id",
    )
    tenant_table(
        "commerce.import_run",
        """id uuid NOT NULL, vendor_id uuid NOT NULL, account_id uuid, file_name text NOT NULL, format text NOT NULL,
        dry_run boolean NOT NULL, key text NOT NULL,
        status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'failed')),
        progress real NOT NULL DEFAULT 0,
        reached integer NOT NULL DEFAULT 0, read integer NOT NULL DEFAULT 0, created integer NOT NULL DEFAULT 0,
        updated integer NOT NULL DEFAULT 0, unchanged integer NOT NULL DEFAULT 0, failed integer NOT NULL DEFAULT 0,
        error jsonb, errors_key text, created_at timestamptz NOT NULL, finished_at timestamptz,
        FOREIGN KEY (tenant_id, vendor_id) REFERENCES commerce.vendor (tenant_id, id)""",
    )
    tenant_table(
        "commerce.import_problem",
        """import_id uuid NOT NULL, line integer NOT NULL, position integer NOT NULL, handle text NOT NULL DEFAULT '',
        column_name text, code text NOT NULL, message text NOT NULL,
        FOREIGN KEY (tenant_id, import_id) REFERENCES commerce.import_run (tenant_id, id) ON DELETE CASCADE""",
        key="import_id, line, position",
    )
