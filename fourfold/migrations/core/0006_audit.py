"""The audit log."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables of the audit log."""
