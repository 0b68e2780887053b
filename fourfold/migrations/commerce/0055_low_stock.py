"""Finding the few stock levels that somebody watches."""

from fourfold.migrations.tables import build_index, drop_index

revision = "0055"
down_revision = "0050"


def upgrade() -> None:
    """Adds the index."""
    build_index("commerce.stock_watched", "commerce.stock_level (tenant_id, variant_id) WHERE low_at > 0")


def downgrade() -> None:
    """Drops the index."""
    drop_index("commerce.stock_watched")
