"""Privacy."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables of consents, exports and erasures."""
