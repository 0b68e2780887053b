"""The audit log: entries, those that wait for their place in the chain, and the chain; rows are only ever added."""

from alembic import op

from fourfold.migrations.tables import APP, WORKER, script, tenant_table

revision = "0006"
down_revision = "0005"
IRREVERSIBLE = "Its tables hold the audit log, which nothing may shorten."


# All entries of one transaction, told as one document.
KEEP = """
CREATE FUNCTION core.keep_entries(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH kept AS (
    INSERT INTO core.audit_entry (tenant_id, at, id, actor, action, target, body, mac, address, salt)
    SELECT (told ->> 'tenant_id')::uuid, (told ->> 'at')::timestamptz, e.id, e.actor, e.action, e.target, e.body,
           decode(e.mac, 'hex'), e.address, decode(e.salt, 'hex')
    FROM jsonb_to_recordset(told -> 'entries')
      AS e (id uuid, actor uuid, action text, target text, body text, mac text, address text, salt text)
    RETURNING tenant_id, id
  )
  INSERT INTO core.audit_waiting (tenant_id, id) SELECT tenant_id, id FROM kept;
END $$;
"""


def upgrade() -> None:
    """Makes the tables of the audit log. An address may be forgotten, by the worker; nothing else is ever changed."""
    tenant_table(
        "core.audit_entry",
        """id uuid NOT NULL, at timestamptz NOT NULL, actor uuid, action text NOT NULL, target text NOT NULL,
        body text NOT NULL, mac bytea NOT NULL, address text, salt bytea""",
    )
    op.execute("CREATE INDEX audit_entry_by_actor ON core.audit_entry (tenant_id, actor, id) WHERE actor IS NOT NULL")
    op.execute("CREATE INDEX audit_entry_by_action ON core.audit_entry (tenant_id, action, id)")
    op.execute(
        "CREATE INDEX audit_entry_by_target ON core.audit_entry (tenant_id, (split_part(target, ':', 2)), id)"
        " WHERE target <> ''"
    )
    tenant_table("core.audit_waiting", "id uuid NOT NULL", worker_sees_all=True)
    tenant_table(
        "core.audit_seal",
        """seq bigint NOT NULL, entry_id uuid NOT NULL, prev bytea NOT NULL, hash bytea NOT NULL,
        sealed_at timestamptz NOT NULL, UNIQUE (tenant_id, entry_id)""",
        key="seq",
    )
    op.execute(f"REVOKE UPDATE, DELETE ON core.audit_entry, core.audit_seal FROM {APP}, {WORKER}")
    op.execute(f"REVOKE INSERT ON core.audit_seal FROM {APP}")
    op.execute(f"REVOKE UPDATE, DELETE ON core.audit_waiting FROM {APP}")
    op.execute(f"REVOKE UPDATE ON core.audit_waiting FROM {WORKER}")
    op.execute(f"GRANT UPDATE (address, salt) ON core.audit_entry TO {WORKER}")
    script(KEEP)
