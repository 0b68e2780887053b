"""Plans with more than one shop needs; the plan that tenants begin with has no limits until operators set some."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Requests in a month, of each API key, and bytes of files.
PLANS = {
    "team": (5_000_000, 2_000_000, 100 << 30),
    "business": (50_000_000, 20_000_000, 1 << 40),
}
NAMES = ("business.requests_per_month", "business.key_requests_per_month", "business.storage_bytes")


def upgrade() -> None:
    """Sets what the plans give, where operators have not set it."""
    rows = ", ".join(
        f"('plan:{plan}', '{name}', '{value}')"
        for plan, values in PLANS.items()
        for name, value in zip(NAMES, values, strict=True)
    )
    op.execute(f"INSERT INTO core.shared_setting (scope, name, value) VALUES {rows} ON CONFLICT DO NOTHING")


def downgrade() -> None:
    """Takes back what operators have not changed."""
    for plan, values in PLANS.items():
        for name, value in zip(NAMES, values, strict=True):
            op.execute(
                f"DELETE FROM core.shared_setting WHERE scope = 'plan:{plan}' AND name = '{name}' AND value = '{value}'"
            )
