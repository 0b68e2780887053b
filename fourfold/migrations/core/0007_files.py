"""Files."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the tables of files and uploads."""
