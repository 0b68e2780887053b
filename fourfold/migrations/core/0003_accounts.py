"""Codes that are used once, phones and lock-outs."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the tables of what accounts prove."""
