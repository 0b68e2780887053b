"""Privacy."""

from alembic import op

from fourfold.migrations.tables import APP, WORKER, tenant_table

revision = "0009"
down_revision = "0008"
IRREVERSIBLE = "Its tables hold consents and proofs of erasure."


def upgrade() -> None:
    """Makes the tables of consents, exports and erasures. A consent is only ever added to."""
    tenant_table(
        "core.consent",
        """id uuid NOT NULL, account_id uuid NOT NULL, purpose text NOT NULL, version text NOT NULL,
        given boolean NOT NULL, at timestamptz NOT NULL""",
    )
    op.execute("CREATE INDEX consent_of_account ON core.consent (tenant_id, account_id, purpose, id)")
    op.execute(f"REVOKE UPDATE, DELETE ON core.consent FROM {APP}, {WORKER}")
    tenant_table(
        "core.personal_request",
        """id uuid NOT NULL, account_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('export', 'erasure')),
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed')),
        requested_by text NOT NULL, created_at timestamptz NOT NULL, finished_at timestamptz,
        key text, size bigint, sha256 text, certificate jsonb, certificate_jwt text""",
    )
    op.execute("CREATE INDEX personal_request_of_account ON core.personal_request (tenant_id, account_id, id)")
