"""Functions that tell in which tenants of the core something has run its time."""

from fourfold.migrations.tables import due_function, script

revision = "0013"
down_revision = "0012"

DUE = {
    "core.tenants_with_ended_ceremonies": (
        "core.second_factor_challenge, core.used_ceremony",
        (
            "SELECT tenant_id FROM core.second_factor_challenge WHERE expires_at < at - interval '1 hour'"
            " UNION SELECT tenant_id FROM core.used_ceremony WHERE expires_at < at - interval '1 hour'"
        ),
    ),
    # A chain's newest link tells whether it has grown since it was anchored.
    "core.tenants_with_longer_chains": (
        "core.tenant, core.audit_seal",
        (
            "SELECT t.id FROM core.tenant t CROSS JOIN LATERAL (SELECT s.sealed_at FROM core.audit_seal s"
            " WHERE s.tenant_id = t.id ORDER BY s.seq DESC LIMIT 1) newest"
            " WHERE since IS NULL OR newest.sealed_at >= since - interval '1 hour'"
        ),
    ),
    "core.tenants_with_old_codes": (
        "core.one_time_code, core.sign_in_trial",
        (
            "SELECT tenant_id FROM core.one_time_code WHERE expires_at < at - interval '30 days'"
            " UNION SELECT tenant_id FROM core.sign_in_trial"
            " WHERE seen_at < at - CASE WHEN device = '' THEN interval '2 days' ELSE interval '180 days' END"
        ),
    ),
    # Settings say for how long sessions are kept, and at least for a day.
    "core.tenants_with_ended_sessions": (
        "core.session",
        (
            "SELECT DISTINCT tenant_id FROM core.session"
            " WHERE ended_at < at - interval '1 day' OR expires_at < at - interval '1 day'"
        ),
    ),
    "core.tenants_with_ended_uploads": (
        "core.upload",
        "SELECT DISTINCT tenant_id FROM core.upload WHERE expires_at < at",
    ),
}


def upgrade() -> None:
    """Makes the functions."""
    for name, (tables, definition) in DUE.items():
        due_function(name, tables, definition)


def downgrade() -> None:
    """Drops the functions; what they may read stays granted, since others may lean on it."""
    for name in DUE:
        script(f"DROP FUNCTION {name}(timestamptz, timestamptz)")
