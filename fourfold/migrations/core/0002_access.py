"""Sessions, roles and keys."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0002"
down_revision = "0001"
IRREVERSIBLE = "Tenants would lose their own roles, and keys the networks that bind them."


def upgrade() -> None:
    """Widens sessions and keys, and makes the table of a tenant's own roles."""
    op.execute(
        "ALTER TABLE core.account ADD COLUMN kind text NOT NULL DEFAULT 'person'"
        " CONSTRAINT account_kind_check CHECK (kind IN ('person', 'service'))"
    )
    op.execute("ALTER TABLE core.session ADD COLUMN authenticated_at timestamptz")
    op.execute(
        "ALTER TABLE core.api_key"
        " ADD COLUMN environment text CHECK (environment IN ('live', 'test')),"
        " ADD COLUMN last_four text NOT NULL DEFAULT '',"
        " ADD COLUMN networks text[] NOT NULL DEFAULT '{}',"
        " ADD COLUMN disabled_at timestamptz,"
        " ADD COLUMN replaced_by uuid"
    )
    op.execute("ALTER TABLE core.signing_key ADD COLUMN signs_from timestamptz")
    op.execute("UPDATE core.signing_key SET signs_from = created_at")
    op.execute("ALTER TABLE core.signing_key ALTER COLUMN signs_from SET NOT NULL")
    tenant_table(
        "core.role",
        """name text NOT NULL, title text NOT NULL, permissions text[] NOT NULL, version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL""",
        key="name",
    )
