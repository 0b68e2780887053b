"""Settings and the life of a tenant."""

from alembic import op

from fourfold.migrations.tables import APP, WORKER, platform_table, tenant_table

revision = "0008"
down_revision = "0007"
IRREVERSIBLE = "Its tables hold settings, invitations and proofs of deletion."

# Rows of insert-only tables go with their tenant, and with nothing else: only while it is being deleted, and only its
# own, since its owner is held to row-level security like everybody.
ERASE = """
CREATE FUNCTION core.erase_rows(relation regclass, many integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  erased integer;
  ours uuid := nullif(current_setting('fourfold.tenant', true), '')::uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM core.tenant WHERE id = ours AND status = 'erasing') THEN
    RAISE EXCEPTION 'this tenant is not being erased' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE tenant_id = $1 LIMIT $2))',
                 relation, relation) USING ours, many;
  GET DIAGNOSTICS erased = ROW_COUNT;
  RETURN erased;
END $$
"""


def upgrade() -> None:
    """Makes the tables of settings, invitations and the life of tenants."""
    _tenants()
    _settings()
    _ends()
    tenant_table(
        "core.invitation",
        """id uuid NOT NULL, email text NOT NULL, roles text[] NOT NULL, token_hash bytea NOT NULL,
        invited_by uuid, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        accepted_at timestamptz, revoked_at timestamptz, account_id uuid""",
    )
    op.execute("CREATE INDEX invitation_by_email ON core.invitation (tenant_id, email)")


def _tenants() -> None:
    op.execute("ALTER TABLE core.tenant DROP CONSTRAINT tenant_status_check")
    op.execute(
        "ALTER TABLE core.tenant ADD CONSTRAINT tenant_status_check"
        " CHECK (status IN ('active', 'suspended', 'deleting', 'erasing', 'deleted')),"
        " ADD COLUMN plan text NOT NULL DEFAULT 'free', ADD COLUMN status_reason text NOT NULL DEFAULT '',"
        " ADD COLUMN status_at timestamptz"
    )
    op.execute("CREATE INDEX tenant_paused ON core.tenant (id) WHERE status IN ('suspended', 'deleting', 'erasing')")


def _settings() -> None:
    tenant_table(
        "core.settings",
        "version integer NOT NULL, chosen jsonb NOT NULL, updated_at timestamptz NOT NULL",
        key="",
    )
    tenant_table(
        "core.setting_change",
        """id uuid NOT NULL, version integer NOT NULL, scope text NOT NULL DEFAULT 'tenant', name text NOT NULL,
        before jsonb, after jsonb, changed_by text NOT NULL, account_id uuid, at timestamptz NOT NULL""",
    )
    platform_table(
        "core.shared_setting",
        "scope text NOT NULL, name text NOT NULL, value jsonb NOT NULL, PRIMARY KEY (scope, name)",
    )
    tenant_table(
        "core.domain",
        """id uuid NOT NULL, host text NOT NULL, proof text NOT NULL, verified_at timestamptz,
        created_at timestamptz NOT NULL, UNIQUE (tenant_id, host)""",
    )
    platform_table("core.host", "host text PRIMARY KEY, owner_id uuid NOT NULL REFERENCES core.tenant (id)")


def _ends() -> None:
    tenant_table(
        "core.tenant_export",
        """id uuid NOT NULL, status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed')),
        requested_by uuid, created_at timestamptz NOT NULL, finished_at timestamptz, key text, size bigint,
        sha256 text, tables integer, files integer""",
    )
    platform_table(
        "core.deletion",
        """id uuid PRIMARY KEY, owner_id uuid NOT NULL REFERENCES core.tenant (id), requested_by text NOT NULL,
        requested_at timestamptz NOT NULL, due_at timestamptz NOT NULL, owner_email text NOT NULL DEFAULT '',
        cancel_hash bytea NOT NULL, cancelled_at timestamptz, export_sha256 text,
        counts jsonb NOT NULL DEFAULT '{}', files integer NOT NULL DEFAULT 0, keys integer NOT NULL DEFAULT 0,
        done_at timestamptz, receipt jsonb, signature text""",
    )
    op.execute("CREATE UNIQUE INDEX deletion_open ON core.deletion (owner_id) WHERE cancelled_at IS NULL")
    op.execute(ERASE)
    op.execute("REVOKE ALL ON FUNCTION core.erase_rows(regclass, integer) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION core.erase_rows(regclass, integer) TO {APP}, {WORKER}")
