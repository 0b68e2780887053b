"""Codes that are used once, phones and lock-outs."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0003"
down_revision = "0002"
IRREVERSIBLE = "People would lose their phones, and locked accounts would open."


def upgrade() -> None:
    """Makes the tables of what accounts prove."""
    op.execute(
        "ALTER TABLE core.account"
        " ADD COLUMN phone_sealed bytea, ADD COLUMN phone_key bytea, ADD COLUMN phone_hint text,"
        " ADD COLUMN phone_verified_at timestamptz, ADD COLUMN language text, ADD COLUMN time_zone text"
    )
    op.execute("CREATE INDEX account_by_phone ON core.account (tenant_id, phone_key) WHERE phone_key IS NOT NULL")
    tenant_table(
        "core.one_time_code",
        """id uuid NOT NULL, account_id uuid NOT NULL, purpose text NOT NULL, code_hash bytea NOT NULL, sealed bytea,
        attempts integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        used_at timestamptz, voided_at timestamptz,
        FOREIGN KEY (tenant_id, account_id) REFERENCES core.account (tenant_id, id) ON DELETE CASCADE""",
    )
    op.execute("CREATE INDEX one_time_code_of_account ON core.one_time_code (tenant_id, account_id, purpose, id)")
    op.execute("CREATE INDEX one_time_code_by_end ON core.one_time_code (tenant_id, expires_at)")
    # One row for an address and all strangers (an empty device), and one for each device that it is known by.
    tenant_table(
        "core.sign_in_trial",
        """address_key bytea NOT NULL, device bytea NOT NULL, failures integer NOT NULL DEFAULT 0,
        failed_at timestamptz, locked_until timestamptz, seen_at timestamptz NOT NULL""",
        key="address_key, device",
    )
    op.execute("CREATE INDEX sign_in_trial_by_time ON core.sign_in_trial (tenant_id, seen_at)")
