"""Templates of a tenant's own, what became of each message, and addresses that get no mail."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0012"
down_revision = "0011"
IRREVERSIBLE = "Suppressed addresses would get mail again, and tenants would lose their templates."


def upgrade() -> None:
    """Makes the tables, and gives mails and short messages a log of their delivery."""
    tenant_table(
        "core.notice_template",
        """name text NOT NULL, language text NOT NULL, subject text NOT NULL, body text NOT NULL,
        version integer NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL""",
        key="name, language",
    )
    tenant_table(
        "core.suppression",
        """id uuid NOT NULL, address text NOT NULL,
        reason text NOT NULL CHECK (reason IN ('bounced', 'complained', 'rejected', 'asked')),
        created_at timestamptz NOT NULL, UNIQUE (tenant_id, address)""",
    )
    for table in ("core.mail", "core.text_message"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN template text NOT NULL DEFAULT '',"
            " ADD COLUMN language text NOT NULL DEFAULT 'en', ADD COLUMN attempts integer NOT NULL DEFAULT 0,"
            " ADD COLUMN tried_at timestamptz, ADD COLUMN error text NOT NULL DEFAULT ''"
        )
    op.execute(
        "ALTER TABLE core.mail ADD COLUMN rejected boolean NOT NULL DEFAULT false,"
        " DROP CONSTRAINT mail_status_check,"
        " ADD CONSTRAINT mail_status_check CHECK (status IN ('queued', 'sent', 'failed', 'suppressed'))"
    )
    op.execute("CREATE INDEX mail_by_recipient ON core.mail (tenant_id, recipient)")
    op.execute("CREATE INDEX mail_by_status ON core.mail (tenant_id, status, id) WHERE status <> 'sent'")
