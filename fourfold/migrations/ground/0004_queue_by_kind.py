"""The queue knows kinds of jobs, so that workers take only what they can do, and which jobs their worker died of."""

from alembic import op

revision = "0004"
down_revision = "0003"
IRREVERSIBLE = "What entries of the queue were called before is not kept."


def upgrade() -> None:
    """Names each entry after its job's kind, and marks entries that are taken from a worker without signs of life."""
    op.execute("ALTER TABLE ground.job NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE ground.pgqueuer q SET entrypoint = j.name FROM ground.job j"
        " WHERE j.tenant_id = (convert_from(q.payload, 'UTF8')::jsonb ->> 'tenant')::uuid"
        " AND j.id = (convert_from(q.payload, 'UTF8')::jsonb ->> 'job')::uuid"
    )
    op.execute("ALTER TABLE ground.job FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE ground.pgqueuer ADD COLUMN taken_over boolean NOT NULL DEFAULT false")
    op.execute(
        "CREATE FUNCTION ground.mark_taken_over() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.taken_over := true; RETURN NEW; END $$"
    )
    # The library's statement takes such entries among others and does not tell which they were.
    op.execute(
        "CREATE TRIGGER taken_over BEFORE UPDATE ON ground.pgqueuer FOR EACH ROW WHEN (OLD.status = 'picked'"
        " AND NEW.status = 'picked' AND OLD.queue_manager_id IS DISTINCT FROM NEW.queue_manager_id)"
        " EXECUTE FUNCTION ground.mark_taken_over()"
    )
