"""A version for each cart, so that a checkout sees whether the cart is still the one that it has priced."""

from alembic import op

revision = "0045"
down_revision = "0040"
IRREVERSIBLE = "Versions that begin anew would let a changed cart pass for the one that was priced."


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE commerce.cart ADD COLUMN version integer NOT NULL DEFAULT 1")
