"""Plans."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the table of plans."""
