"""Functions that tell which tenants have payments or orders that the clock must look after."""

from fourfold.migrations.tables import due_function, script

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Makes the functions."""
    due_function(
        "commerce.tenants_awaiting_charges",
        "commerce.payment",
        "SELECT DISTINCT tenant_id FROM commerce.payment WHERE status = 'pending' AND confirming_at IS NOT NULL",
    )
    due_function(
        "commerce.tenants_with_overdue_orders",
        "commerce.customer_order",
        "SELECT DISTINCT tenant_id FROM commerce.customer_order WHERE status = 'pending' AND hold_until < at",
    )


def downgrade() -> None:
    """Drops the functions; what they may read stays granted, since others may lean on it."""
    script("DROP FUNCTION commerce.tenants_awaiting_charges(timestamptz, timestamptz)")
    script("DROP FUNCTION commerce.tenants_with_overdue_orders(timestamptz, timestamptz)")
