"""Coupons of the kind buy-X-get-Y, and a version for everything about prices that an administrator edits."""

from alembic import op

revision = "0020"
down_revision = "0010"
IRREVERSIBLE = "Coupons of the kind buy-X-get-Y fit no older shape."


def upgrade() -> None:
    """Widens the kinds of coupons, and adds the columns."""
    op.execute("ALTER TABLE commerce.coupon DROP CONSTRAINT coupon_kind_check")
    op.execute(
        "ALTER TABLE commerce.coupon ADD CONSTRAINT coupon_kind_check"
        " CHECK (kind IN ('percent', 'amount', 'free_shipping', 'buy_x_get_y'))"
    )
    op.execute(
        "ALTER TABLE commerce.coupon ADD COLUMN buy integer NOT NULL DEFAULT 1 CHECK (buy >= 1),"
        " ADD COLUMN free integer NOT NULL DEFAULT 1 CHECK (free >= 1)"
    )
    for table in ("coupon", "tax_rate", "shipping_method"):
        op.execute(f"ALTER TABLE commerce.{table} ADD COLUMN version integer NOT NULL DEFAULT 1")
    op.execute("CREATE INDEX use_of_order ON commerce.coupon_use (tenant_id, order_id)")
