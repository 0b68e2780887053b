"""Which places of a file an import has done: two batches are written at once, so it need not be one piece."""

from alembic import op

revision = "0040"
down_revision = "0035"
IRREVERSIBLE = "An import in hand would forget which places it has done, and do them twice."


def upgrade() -> None:
    """Adds the places."""
    op.execute("ALTER TABLE commerce.import_run ADD COLUMN done int4multirange NOT NULL DEFAULT '{}'")
