"""Sessions, roles and keys."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Widens sessions and keys, and makes the tables of roles."""
