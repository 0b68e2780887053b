"""Settings and the life of a tenant."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the tables of settings, invitations and the life of tenants."""
