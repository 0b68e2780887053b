"""Tenants, accounts, sessions, keys that sign, and mails."""

from alembic import op

from fourfold.migrations.tables import platform_table, tenant_table

revision = "0001"
down_revision = None
IRREVERSIBLE = "Its tables hold the tenants and their people."


def upgrade() -> None:
    """Makes the tables of tenants, accounts and mails."""
    platform_table(
        "core.tenant",
        """id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        created_at timestamptz NOT NULL""",
    )
    platform_table(
        "core.signing_key",
        """id text PRIMARY KEY, public_jwk jsonb NOT NULL, sealed_private bytea NOT NULL,
        created_at timestamptz NOT NULL, retired_at timestamptz""",
    )
    tenant_table(
        "core.account",
        """id uuid NOT NULL, email text NOT NULL, name text NOT NULL, password_hash text NOT NULL,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
        email_verified_at timestamptz, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
        UNIQUE (tenant_id, email)""",
    )
    tenant_table(
        "core.account_role",
        """account_id uuid NOT NULL, role text NOT NULL, granted_at timestamptz NOT NULL, granted_by uuid,
        FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE""",
        key="account_id, role",
    )
    tenant_table(
        "core.session",
        """id uuid NOT NULL, account_id uuid NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        ended_at timestamptz, end_reason text, generation integer NOT NULL DEFAULT 0, token_hash bytea NOT NULL,
        previous_hash bytea, rotated_at timestamptz NOT NULL, user_agent text NOT NULL DEFAULT '',
        address text NOT NULL DEFAULT '',
        FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE""",
    )
    op.execute("CREATE INDEX session_of_account ON core.session (tenant_id, account_id)")
    tenant_table(
        "core.api_key",
        """id uuid NOT NULL, account_id uuid NOT NULL, name text NOT NULL, prefix text NOT NULL,
        key_hash bytea NOT NULL, scopes text[] NOT NULL, expires_at timestamptz, revoked_at timestamptz,
        last_used_at timestamptz,
        created_at timestamptz NOT NULL,
        FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE""",
    )
    op.execute("CREATE INDEX api_key_of_account ON core.api_key (tenant_id, account_id)")
    tenant_table(
        "core.mail",
        """id uuid NOT NULL, once text NOT NULL, recipient text NOT NULL, subject text NOT NULL,
        body_text text NOT NULL, body_html text NOT NULL, links text[] NOT NULL DEFAULT '{}',
        attachments jsonb NOT NULL DEFAULT '[]',
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed')),
        created_at timestamptz NOT NULL, sent_at timestamptz, UNIQUE (tenant_id, once)""",
    )
    op.execute("CREATE INDEX mail_by_time ON core.mail (tenant_id, created_at DESC, id)")
