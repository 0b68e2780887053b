"""Finding the few stock levels that somebody watches."""

from alembic import op

revision = "0055"
down_revision = "0050"


def upgrade() -> None:
    """Adds the index."""
    op.execute("CREATE INDEX stock_watched ON commerce.stock_level (tenant_id, variant_id) WHERE low_at > 0")
