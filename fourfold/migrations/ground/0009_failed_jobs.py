"""Jobs that have failed are counted every few seconds, without reading all the others."""

from fourfold.migrations.tables import build_index, drop_index

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the index."""
    build_index("ground.job_failed", "ground.job (tenant_id, name) WHERE status = 'failed'")


def downgrade() -> None:
    """Drops the index."""
    drop_index("ground.job_failed")
