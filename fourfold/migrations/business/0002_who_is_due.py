"""A function that tells which tenants have usage that may be too old to be kept."""

from fourfold.migrations.tables import due_function, script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the function; settings say for how long usage is kept, and at least for 32 days."""
    due_function(
        "business.tenants_with_old_usage",
        "business.usage",
        "SELECT DISTINCT tenant_id FROM business.usage WHERE hour < at - interval '32 days'",
    )


def downgrade() -> None:
    """Drops the function; what it may read stays granted, since others may lean on it."""
    script("DROP FUNCTION business.tenants_with_old_usage(timestamptz, timestamptz)")
