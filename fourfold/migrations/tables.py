"""The one way to make a tenant's table, so that no table forgets row-level security."""

from alembic import op
from sqlalchemy.util import await_only

TENANT_NOW = "(SELECT nullif(current_setting('fourfold.tenant', true), '')::uuid)"
APP, WORKER, OWNER, SEARCH = "fourfold_app", "fourfold_worker", "fourfold_owner", "fourfold_search"
LOCK_TIMEOUT = "200ms"


def script(statements: str) -> None:
    """Runs SQL of several statements, in the migration's transaction and exactly as it is written."""
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        reason = "the migration has no connection"
        raise RuntimeError(reason)
    await_only(driver.execute(statements))


def tenant_table(name: str, columns: str, *, key: str = "id", worker_sees_all: bool = False) -> None:
    """Makes table `schema.name`, led by `tenant_id`, with the primary key (tenant_id, `key`) and forced isolation.

    `worker_sees_all` is for queues that the worker empties for all tenants at once.
    """
    primary = f"tenant_id, {key}" if key else "tenant_id"
    body = columns.strip().rstrip(",")
    op.execute(f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {body}, PRIMARY KEY ({primary}))")
    protect(name)
    if worker_sees_all:
        op.execute(f"CREATE POLICY worker_sees_all ON {name} TO {WORKER} USING (true) WITH CHECK (true)")


def protect(name: str) -> None:
    """Forces row-level security on a table: only rows of the transaction's tenant are seen or written."""
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT_NOW}) WITH CHECK (tenant_id = {TENANT_NOW})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP}, {WORKER}")


def platform_table(name: str, columns: str) -> None:
    """Makes a table that belongs to no tenant; the catalogue test knows each of them by name."""
    op.execute(f"CREATE TABLE {name} ({columns.strip().rstrip(',')})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {APP}, {WORKER}")


def search_function(signature: str, definition: str) -> None:
    """Makes a SECURITY DEFINER function that may use indexes which row-level security would forbid.

    Its owner bypasses row-level security, so the body must carry the tenant's predicate itself.
    """
    op.execute(definition)
    op.execute("RESET ROLE")
    op.execute(f"ALTER FUNCTION {signature} OWNER TO {SEARCH}")
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}, {WORKER}")
    op.execute(f"SET ROLE {OWNER}")


def due_function(name: str, tables: str, definition: str) -> None:
    """Makes the function that tells a schedule which tenants have something to be done, from tables of all tenants.

    `definition` is a query of tenants' ids by `at`, the time that it is, and `since`, the time of the last period or
    NULL. Only the worker's role may ask.
    """
    signature = f"{name}(timestamptz, timestamptz)"
    op.execute(f"GRANT SELECT ON {tables} TO {SEARCH}")
    op.execute(
        f"CREATE FUNCTION {name}(at timestamptz, since timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE"
        f" SECURITY DEFINER SET search_path = pg_catalog AS $body$ {definition} $body$"
    )
    op.execute("RESET ROLE")
    op.execute(f"ALTER FUNCTION {signature} OWNER TO {SEARCH}")
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {WORKER}")
    op.execute(f"SET ROLE {OWNER}")


def build_index(index: str, on: str) -> None:
    """Builds `schema.index` on a table that is in use, `schema.table (columns)`, while it is read and written.

    This commits what stands before it, so that it has a revision to itself; one that was interrupted may run again.
    """
    drop_index(index)
    _beside_everything(f"CREATE INDEX CONCURRENTLY {index.partition('.')[2]} ON {on}")


def drop_index(index: str) -> None:
    """Drops `schema.index`, if it is there, while its table is read and written."""
    _beside_everything(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")


def _beside_everything(statement: str) -> None:
    # Nobody waits behind such a statement, which itself waits for every transaction that began before it.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '10min'")
        op.execute(statement)
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
