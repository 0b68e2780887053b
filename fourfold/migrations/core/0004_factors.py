"""Second factors."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0004"
down_revision = "0003"
IRREVERSIBLE = "Accounts would be left without their second factors."

OWNED = "FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE"


def upgrade() -> None:
    """Makes the tables of one-time passwords, passkeys and recovery codes."""
    tenant_table(
        "core.totp_factor",
        f"""id uuid NOT NULL, account_id uuid NOT NULL, name text NOT NULL, sealed_secret bytea NOT NULL,
        last_step bigint, created_at timestamptz NOT NULL, confirmed_at timestamptz, last_used_at timestamptz,
        {OWNED}""",
    )
    op.execute("CREATE INDEX totp_factor_of_account ON core.totp_factor (tenant_id, account_id)")
    tenant_table(
        "core.passkey",
        f"""id uuid NOT NULL, account_id uuid NOT NULL, name text NOT NULL, credential_id bytea NOT NULL,
        public_key bytea NOT NULL, sign_count bigint NOT NULL, relying_party text NOT NULL,
        transports text[] NOT NULL DEFAULT '{{}}', backed_up boolean NOT NULL, created_at timestamptz NOT NULL,
        last_used_at timestamptz, {OWNED}, UNIQUE (tenant_id, credential_id)""",
    )
    op.execute("CREATE INDEX passkey_of_account ON core.passkey (tenant_id, account_id)")
    tenant_table(
        "core.recovery_code",
        f"account_id uuid NOT NULL, hash bytea NOT NULL, used_at timestamptz, {OWNED}",
        key="account_id, hash",
    )
