"""Events, what was done about them, durable jobs, idempotency keys and revocations."""

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from fourfold.migrations.tables import APP, WORKER, platform_table, script, tenant_table

revision = "0001"
down_revision = None
IRREVERSIBLE = "Its tables hold the events, jobs and answers that every other system needs."


def upgrade() -> None:
    """Makes the tables of the ground floor."""
    tenant_table(
        "ground.event",
        """id uuid NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, type text NOT NULL, subject text NOT NULL,
        at timestamptz NOT NULL, actor text NOT NULL, request_id text NOT NULL, data jsonb NOT NULL,
        published_at timestamptz, settled boolean NOT NULL DEFAULT false""",
        worker_sees_all=True,
    )
    op.execute("CREATE INDEX event_waiting ON ground.event (seq) WHERE published_at IS NULL")
    op.execute("CREATE INDEX event_unsettled ON ground.event (published_at) WHERE NOT settled")
    op.execute("CREATE INDEX event_of_tenant ON ground.event (tenant_id, seq)")
    tenant_table(
        "ground.inbox",
        "reaction text NOT NULL, event_id uuid NOT NULL, at timestamptz NOT NULL",
        key="event_id, reaction",
        worker_sees_all=True,
    )
    tenant_table(
        "ground.parked",
        """reaction text NOT NULL, event_id uuid NOT NULL, attempts integer NOT NULL, error text NOT NULL,
        parked_at timestamptz NOT NULL""",
        key="event_id, reaction",
        worker_sees_all=True,
    )
    tenant_table(
        "ground.job",
        """id uuid NOT NULL, name text NOT NULL, args jsonb NOT NULL,
        status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        run_at timestamptz NOT NULL, attempts integer NOT NULL DEFAULT 0, progress real NOT NULL DEFAULT 0,
        result jsonb, error jsonb, once text, created_at timestamptz NOT NULL, finished_at timestamptz,
        request_id text NOT NULL DEFAULT '', UNIQUE (tenant_id, once)""",
        worker_sees_all=True,
    )
    op.execute("CREATE INDEX job_of_tenant ON ground.job (tenant_id, created_at DESC, id)")
    tenant_table(
        "ground.idempotency",
        """principal text NOT NULL, route text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL, status integer,
        headers jsonb, body bytea, created_at timestamptz NOT NULL""",
        key="principal, route, key",
    )
    platform_table("ground.schedule", "name text PRIMARY KEY, last_at timestamptz NOT NULL")
    platform_table(
        "ground.revocation", "subject text PRIMARY KEY, revoked_at timestamptz NOT NULL, until timestamptz NOT NULL"
    )
    op.execute("CREATE INDEX revocation_recent ON ground.revocation (revoked_at)")
    op.execute("SET LOCAL search_path = ground, public")
    script(QueryBuilderEnvironment().build_install_query())
    for kind in ("TABLES", "SEQUENCES"):
        op.execute(f"GRANT ALL ON ALL {kind} IN SCHEMA ground TO {APP}, {WORKER}")
    op.execute("SET LOCAL search_path = DEFAULT")
