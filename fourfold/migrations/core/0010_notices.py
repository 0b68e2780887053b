"""Templates, languages, short messages."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the tables of templates, suppressions and short messages."""
