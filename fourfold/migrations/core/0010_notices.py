"""Templates, languages, short messages."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0010"
down_revision = "0009"
IRREVERSIBLE = "Its table holds the messages that people were sent."


def upgrade() -> None:
    """Makes the tables of templates, suppressions and short messages."""
    tenant_table(
        "core.text_message",
        """id uuid NOT NULL, once text NOT NULL, recipient text NOT NULL, body text NOT NULL,
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed')),
        created_at timestamptz NOT NULL, sent_at timestamptz, UNIQUE (tenant_id, once)""",
    )
    op.execute("CREATE INDEX text_message_by_time ON core.text_message (tenant_id, created_at DESC, id)")
