"""Carts, prices, orders, payments, the simulated gateway, the ledger, and papers."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0002"
down_revision = "0001"
IRREVERSIBLE = "Its tables hold orders, payments and the ledger."


def upgrade() -> None:
    """Makes the tables of everything between the cart and the parcel."""
    _pricing()
    _carts()
    _orders()
    _payments()
    _ledger_and_papers()


def _pricing() -> None:
    tenant_table(
        "commerce.tax_rate",
        """id uuid NOT NULL, tax_class text NOT NULL, country text NOT NULL, region text NOT NULL DEFAULT '',
        basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000), created_at timestamptz NOT NULL,
        UNIQUE (tenant_id, tax_class, country, region)""",
    )
    tenant_table(
        "commerce.coupon",
        """id uuid NOT NULL, code text NOT NULL, kind text NOT NULL CHECK (kind IN ('percent', 'amount',
        'free_shipping')),
        basis_points integer NOT NULL DEFAULT 0, amount bigint NOT NULL DEFAULT 0, currency text NOT NULL,
        minimum bigint, starts_at timestamptz, ends_at timestamptz, category_ids uuid[],
        usage_limit integer, customer_limit integer, used integer NOT NULL DEFAULT 0,
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL, UNIQUE (tenant_id, code),
        CONSTRAINT never_overused CHECK (usage_limit IS NULL OR used <= usage_limit)""",
    )
    tenant_table(
        "commerce.coupon_use",
        """coupon_id uuid NOT NULL, order_id uuid NOT NULL, customer text NOT NULL, nth integer NOT NULL,
        at timestamptz NOT NULL, UNIQUE (tenant_id, coupon_id, customer, nth),
        FOREIGN KEY (tenant_id, coupon_id) REFERENCES commerce.coupon (tenant_id, id)""",
        key="coupon_id, order_id",
    )
    tenant_table(
        "commerce.shipping_method",
        """id uuid NOT NULL, name text NOT NULL, countries text[], price bigint NOT NULL CHECK (price >= 0),
        currency text NOT NULL, free_from bigint, max_weight_grams integer, tax_class text NOT NULL DEFAULT 'standard',
        active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL""",
    )


def _carts() -> None:
    tenant_table(
        "commerce.cart",
        """id uuid NOT NULL, account_id uuid, status text NOT NULL CHECK (status IN ('open', 'ordered', 'merged')),
        currency text NOT NULL, coupons text[] NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL""",
    )
    op.execute(
        "CREATE UNIQUE INDEX one_open_cart ON commerce.cart (tenant_id, account_id)"
        " WHERE status = 'open' AND account_id IS NOT NULL"
    )
    tenant_table(
        "commerce.cart_line",
        """id uuid NOT NULL, cart_id uuid NOT NULL, variant_id uuid NOT NULL,
        quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 9999), seen_price bigint NOT NULL,
        created_at timestamptz NOT NULL, UNIQUE (tenant_id, cart_id, variant_id),
        FOREIGN KEY (tenant_id, cart_id) REFERENCES commerce.cart (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, variant_id) REFERENCES commerce.variant (tenant_id, id)""",
    )


def _orders() -> None:
    tenant_table(
        "commerce.customer_order",
        """id uuid NOT NULL, number text NOT NULL, cart_id uuid NOT NULL, account_id uuid, email text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'processing', 'shipped', 'delivered', 'cancelled')),
        payment_status text NOT NULL DEFAULT 'unpaid'
            CHECK (payment_status IN ('unpaid', 'paid', 'partially_refunded', 'refunded')),
        currency text NOT NULL, prices_include_tax boolean NOT NULL, items bigint NOT NULL, discount bigint NOT NULL,
        tax bigint NOT NULL, shipping bigint NOT NULL, total bigint NOT NULL CHECK (total >= 0),
        refunded bigint NOT NULL DEFAULT 0, shipping_address jsonb NOT NULL, billing_address jsonb NOT NULL,
        shipping_method jsonb NOT NULL, coupons jsonb NOT NULL DEFAULT '[]', explanation jsonb NOT NULL DEFAULT '[]',
        hold_until timestamptz NOT NULL, placed_at timestamptz NOT NULL, paid_at timestamptz, cancelled_at timestamptz,
        cancel_reason text, version integer NOT NULL DEFAULT 1, UNIQUE (tenant_id, number), UNIQUE (tenant_id, cart_id),
        CONSTRAINT refunds_within_total CHECK (refunded BETWEEN 0 AND total),
        CONSTRAINT totals_reconcile CHECK
            (total = items - discount + shipping + CASE WHEN prices_include_tax THEN 0 ELSE tax END),
        FOREIGN KEY (tenant_id, cart_id) REFERENCES commerce.cart (tenant_id, id)""",
    )
    op.execute("CREATE INDEX order_of_account ON commerce.customer_order (tenant_id, account_id, id DESC)")
    op.execute("CREATE INDEX order_by_status ON commerce.customer_order (tenant_id, status, id DESC)")
    op.execute("CREATE INDEX order_unpaid ON commerce.customer_order (tenant_id, hold_until) WHERE status = 'pending'")
    tenant_table(
        "commerce.fulfilment",
        """id uuid NOT NULL, order_id uuid NOT NULL, vendor_id uuid NOT NULL, vendor_name text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'processing', 'shipped', 'delivered', 'cancelled')),
        items bigint NOT NULL, discount bigint NOT NULL, tax bigint NOT NULL, shipping bigint NOT NULL,
        total bigint NOT NULL,
        commission_bp integer NOT NULL, commission bigint NOT NULL, carrier text, tracking_number text,
        shipped_at timestamptz, delivered_at timestamptz, UNIQUE (tenant_id, order_id, vendor_id),
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id),
        FOREIGN KEY (tenant_id, vendor_id) REFERENCES commerce.vendor (tenant_id, id)""",
    )
    op.execute("CREATE INDEX fulfilment_of_vendor ON commerce.fulfilment (tenant_id, vendor_id, status, id DESC)")
    # Everything about the sold thing is frozen here: later edits of products, taxes or vendors change no order.
    tenant_table(
        "commerce.order_line",
        """id uuid NOT NULL, order_id uuid NOT NULL, fulfilment_id uuid NOT NULL, vendor_id uuid NOT NULL,
        product_id uuid NOT NULL, variant_id uuid NOT NULL, position integer NOT NULL, title text NOT NULL, sku text,
        options jsonb NOT NULL, image_url text, quantity integer NOT NULL CHECK (quantity > 0),
        unit_price bigint NOT NULL,
        gross bigint NOT NULL, discount bigint NOT NULL, tax bigint NOT NULL, tax_bp integer NOT NULL,
        total bigint NOT NULL,
        refunded_quantity integer NOT NULL DEFAULT 0, CHECK (refunded_quantity BETWEEN 0 AND quantity),
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id),
        FOREIGN KEY (tenant_id, fulfilment_id) REFERENCES commerce.fulfilment (tenant_id, id)""",
    )
    op.execute("CREATE INDEX line_of_order ON commerce.order_line (tenant_id, order_id, position)")
    tenant_table(
        "commerce.order_history",
        """id uuid NOT NULL, order_id uuid NOT NULL, fulfilment_id uuid, at timestamptz NOT NULL, actor text NOT NULL,
        was text, became text NOT NULL, note text NOT NULL DEFAULT '',
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id)""",
    )
    op.execute("CREATE INDEX history_of_order ON commerce.order_history (tenant_id, order_id, id)")


def _payments() -> None:
    tenant_table(
        "commerce.payment",
        """id uuid NOT NULL, order_id uuid NOT NULL, amount bigint NOT NULL CHECK (amount >= 0), currency text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'completed', 'failed')), provider text NOT NULL,
        client_secret text NOT NULL, failure_code text, confirming_at timestamptz, created_at timestamptz NOT NULL,
        finished_at timestamptz, refunded bigint NOT NULL DEFAULT 0,
        CONSTRAINT refunds_within_payment CHECK (refunded BETWEEN 0 AND amount),
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id)""",
    )
    op.execute("CREATE INDEX payment_of_order ON commerce.payment (tenant_id, order_id)")
    op.execute(
        "CREATE UNIQUE INDEX one_pending_payment ON commerce.payment (tenant_id, order_id) WHERE status = 'pending'"
    )
    op.execute(
        "CREATE UNIQUE INDEX one_completed_payment ON commerce.payment (tenant_id, order_id) WHERE status = 'completed'"
    )
    op.execute(
        "CREATE INDEX payment_confirming ON commerce.payment (tenant_id, confirming_at) WHERE status = 'pending'"
    )
    tenant_table(
        "commerce.payment_event",
        """provider text NOT NULL, provider_event_id text NOT NULL, payment_id uuid, kind text NOT NULL,
        data jsonb NOT NULL,
        received_at timestamptz NOT NULL, outcome text NOT NULL CHECK (outcome IN ('applied', 'ignored'))""",
        key="provider, provider_event_id",
    )
    tenant_table(
        "commerce.refund",
        """id uuid NOT NULL, order_id uuid NOT NULL, payment_id uuid NOT NULL,
        amount bigint NOT NULL CHECK (amount > 0),
        currency text NOT NULL, reason text NOT NULL, status text NOT NULL CHECK (status IN ('pending', 'completed',
        'failed')),
        lines jsonb NOT NULL DEFAULT '[]', restock boolean NOT NULL DEFAULT false, actor text NOT NULL,
        created_at timestamptz NOT NULL, finished_at timestamptz,
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id),
        FOREIGN KEY (tenant_id, payment_id) REFERENCES commerce.payment (tenant_id, id)""",
    )
    op.execute("CREATE INDEX refund_of_order ON commerce.refund (tenant_id, order_id)")
    # The simulated gateway's own books. The shop never reads them: it asks the gateway.
    tenant_table(
        "commerce.gateway_charge",
        """id uuid NOT NULL, amount bigint NOT NULL, currency text NOT NULL, card text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'voided')), failure_code text,
        settles_at timestamptz, refunded bigint NOT NULL DEFAULT 0, created_at timestamptz NOT NULL,
        CHECK (refunded BETWEEN 0 AND amount)""",
    )
    tenant_table(
        "commerce.gateway_refund",
        """id uuid NOT NULL, charge_id uuid NOT NULL, amount bigint NOT NULL, created_at timestamptz NOT NULL,
        FOREIGN KEY (tenant_id, charge_id) REFERENCES commerce.gateway_charge (tenant_id, id)""",
    )
    tenant_table(
        "commerce.gateway_event",
        """id uuid NOT NULL, charge_id uuid NOT NULL, kind text NOT NULL, body jsonb NOT NULL,
        due_at timestamptz NOT NULL,
        copies integer NOT NULL DEFAULT 1, attempts integer NOT NULL DEFAULT 0, delivered_at timestamptz""",
    )
    op.execute(
        "CREATE INDEX gateway_event_due ON commerce.gateway_event (tenant_id, due_at) WHERE delivered_at IS NULL"
    )


def _ledger_and_papers() -> None:
    # Double entry: the entries of one cause add up to nothing. A cause is written once.
    tenant_table(
        "commerce.ledger_entry",
        """id uuid NOT NULL, cause text NOT NULL CHECK (cause IN ('payment', 'refund', 'earning', 'payout')),
        cause_id uuid NOT NULL, account text NOT NULL
            CHECK (account IN ('buyer_clearing', 'platform_fee', 'vendor_payable', 'vendor_earned', 'paid_out')),
        vendor_id uuid, order_id uuid, amount bigint NOT NULL, currency text NOT NULL, at timestamptz NOT NULL""",
    )
    op.execute(
        "CREATE UNIQUE INDEX ledger_once ON commerce.ledger_entry (tenant_id, cause, cause_id, account, vendor_id)"
        " NULLS NOT DISTINCT"
    )
    op.execute("CREATE INDEX ledger_of_vendor ON commerce.ledger_entry (tenant_id, vendor_id, id)")
    op.execute("CREATE INDEX ledger_of_order ON commerce.ledger_entry (tenant_id, order_id)")
    tenant_table(
        "commerce.paper",
        """id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'packing_slip')),
        cause_id uuid NOT NULL, order_id uuid NOT NULL, series text NOT NULL, sequence integer NOT NULL,
        number text NOT NULL,
        content jsonb NOT NULL, key text, issued_at timestamptz NOT NULL, rendered_at timestamptz,
        UNIQUE (tenant_id, series, sequence), UNIQUE (tenant_id, kind, cause_id),
        FOREIGN KEY (tenant_id, order_id) REFERENCES commerce.customer_order (tenant_id, id)""",
    )
    op.execute("CREATE INDEX paper_of_order ON commerce.paper (tenant_id, order_id)")
    # A counter row and not a sequence: a rolled back invoice must not leave a gap.
    tenant_table("commerce.paper_series", "series text NOT NULL, last integer NOT NULL", key="series")
