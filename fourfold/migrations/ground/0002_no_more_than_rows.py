"""The application and the worker handle rows; truncating, triggers and references go around row-level security."""

from alembic import op

from fourfold.migrations.tables import APP, WORKER

revision = "0002"
down_revision = "0001"
IRREVERSIBLE = "The rights that it takes go around row-level security, and no release uses them."


def upgrade() -> None:
    """Takes back what the queue's installation gave with the rest."""
    rights = "TRUNCATE, REFERENCES, TRIGGER, MAINTAIN"
    op.execute(f"REVOKE {rights} ON ALL TABLES IN SCHEMA ground FROM {APP}, {WORKER}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON ground.migration FROM {APP}, {WORKER}")
