"""Half-done sign-ins, and ceremonies of passkeys that are over."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0005"
down_revision = "0004"
IRREVERSIBLE = "Ceremonies that are over could be used again, and half-done sign-ins would end."


def upgrade() -> None:
    """Makes the tables of what is between a password and a session."""
    tenant_table(
        "core.second_factor_challenge",
        """id uuid NOT NULL, account_id uuid NOT NULL, token_hash bytea NOT NULL, attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, used_at timestamptz,
        FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE""",
    )
    op.execute("CREATE INDEX second_factor_challenge_by_end ON core.second_factor_challenge (tenant_id, expires_at)")
    op.execute(
        "CREATE INDEX second_factor_challenge_of_account ON core.second_factor_challenge (tenant_id, account_id)"
    )
    tenant_table("core.used_ceremony", "id uuid NOT NULL, expires_at timestamptz NOT NULL")
    op.execute("CREATE INDEX used_ceremony_by_end ON core.used_ceremony (tenant_id, expires_at)")
