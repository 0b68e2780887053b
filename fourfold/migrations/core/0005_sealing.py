"""Keys of tenants."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table of the keys that seal fields."""
