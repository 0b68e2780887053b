"""Isolation kept by the database itself: the guard finds every gap, and a session without a tenant sees nothing."""

import asyncio
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from fourfold.ground.ids import new_id
from fourfold.ground.settings import load_settings
from fourfold.migrations.guard import unsafe_objects
from fourfold.serve.errands.doctor import examine
from tests.conftest import TEMPLATE, Running, Tenant, database_url, sql_in

SCRATCH = f"fourfold_scratch_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
QUEUES = {"core.audit_waiting", "ground.event", "ground.inbox", "ground.job", "ground.parked"}
OWNED = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind IN ('r', 'p') ORDER BY 1
"""
SAFE = """CREATE TABLE core.plant (tenant_id uuid NOT NULL, id uuid NOT NULL, code text, PRIMARY KEY (tenant_id, id));
ALTER TABLE core.plant OWNER TO fourfold_owner;
ALTER TABLE core.plant ENABLE ROW LEVEL SECURITY; ALTER TABLE core.plant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON core.plant
  USING (tenant_id = (SELECT nullif(current_setting('fourfold.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('fourfold.tenant', true), '')::uuid));"""
FUNCTION = "CREATE FUNCTION core.f() RETURNS int LANGUAGE sql SECURITY DEFINER"
PLANTS = {
    "no tenant_id": "CREATE TABLE core.loose (id uuid PRIMARY KEY)",
    "uuid NOT NULL": "CREATE TABLE core.weak (tenant_id text NOT NULL, PRIMARY KEY (tenant_id))",
    "enable and force": SAFE + "ALTER TABLE core.plant NO FORCE ROW LEVEL SECURITY",
    "does not enable": SAFE + "ALTER TABLE core.plant DISABLE ROW LEVEL SECURITY",
    "no policy that names the tenant": SAFE + "ALTER POLICY tenant ON core.plant USING (true)",
    "opens more": SAFE + "CREATE POLICY also ON core.plant FOR SELECT USING (true)",
    "worker_sees_all on core.plant opens": SAFE
    + "CREATE POLICY worker_sees_all ON core.plant TO fourfold_worker USING (true)",
    "belongs to fourfold_app": SAFE + "ALTER TABLE core.plant OWNER TO fourfold_app",
    "granted to everybody": SAFE + "GRANT SELECT ON core.plant TO PUBLIC",
    "TRUNCATE on core.plant": SAFE + "GRANT TRUNCATE ON core.plant TO fourfold_worker",
    "materialised view": "CREATE MATERIALIZED VIEW core.m AS SELECT email FROM core.account",
    "view core.v": "CREATE VIEW core.v AS SELECT email FROM core.account",
    "index core.by_code is not led": SAFE + "CREATE INDEX by_code ON core.plant (code)",
    "unique index core.by_code": SAFE + "CREATE UNIQUE INDEX by_code ON core.plant (code, tenant_id)",
    "unique index core.plant_pkey": "CREATE TABLE core.plant (tenant_id uuid NOT NULL, id uuid PRIMARY KEY)",
    "no primary key": "CREATE TABLE core.plant (tenant_id uuid NOT NULL)",
    "foreign key": SAFE + "CREATE UNIQUE INDEX bare ON core.account (id);"
    "ALTER TABLE core.plant ADD CONSTRAINT bare FOREIGN KEY (id) REFERENCES core.account (id)",
    "rights of postgres": FUNCTION + " SET search_path = core AS 'SELECT 1'",
    "executed by everybody": FUNCTION + " SET search_path = core AS 'SELECT 1';"
    "ALTER FUNCTION core.f() OWNER TO fourfold_search",
    "search_path": FUNCTION + " AS 'SELECT 1'; ALTER FUNCTION core.f() OWNER TO fourfold_search;"
    "REVOKE ALL ON FUNCTION core.f() FROM PUBLIC",
}  # fmt: skip
ROLES = {
    "role fourfold_app sees every": ("ALTER ROLE fourfold_app BYPASSRLS", "ALTER ROLE fourfold_app NOBYPASSRLS"),
    "fourfold_search may do more": ("ALTER ROLE fourfold_search LOGIN", "ALTER ROLE fourfold_search NOLOGIN"),
    "may become fourfold_search": (
        "GRANT fourfold_search TO fourfold_app",
        "REVOKE fourfold_search FROM fourfold_app",
    ),
}


@pytest.fixture(scope="module")
async def scratch() -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to a migrated database that nothing else uses."""
    while True:
        try:
            await sql_in("postgres", f"CREATE DATABASE {SCRATCH} TEMPLATE {TEMPLATE}")
            break
        except asyncpg.ObjectInUseError:
            await asyncio.sleep(0.1)
    connection = await asyncpg.connect(database_url(SCRATCH))
    yield connection
    await connection.close()
    await sql_in("postgres", f"DROP DATABASE {SCRATCH} WITH (FORCE)")


async def test_the_migrated_database_is_safe(scratch: asyncpg.Connection) -> None:
    """T13: the guard finds nothing in what the migrations make."""
    assert await unsafe_objects(scratch) == []


@pytest.mark.parametrize(("told", "planted"), PLANTS.items(), ids=list(PLANTS))
async def test_whatever_is_unsafe_is_found(scratch: asyncpg.Connection, told: str, planted: str) -> None:
    """T13: each gap in the isolation, planted in a migrated database, is told by name."""
    planting = scratch.transaction()
    await planting.start()
    try:
        await scratch.execute(planted)
        found = await unsafe_objects(scratch)
    finally:
        await planting.rollback()
    assert any(told in sentence for sentence in found), found


@pytest.mark.parametrize(("told", "change"), ROLES.items(), ids=list(ROLES))
async def test_roles_that_see_too_much_are_found(
    scratch: asyncpg.Connection, told: str, change: tuple[str, str]
) -> None:
    """T13: a role that goes around row-level security, or may become one, is told by name."""
    planting = scratch.transaction()
    await planting.start()
    try:
        await scratch.execute(change[0])
        found = await unsafe_objects(scratch)
    finally:
        await planting.rollback()
    assert any(told in sentence for sentence in found), found


async def test_the_doctor_looks_at_the_isolation(running: Running, scratch: asyncpg.Connection) -> None:
    """T13: `fourfold doctor` tells of a gap, and that there is none."""
    addresses = {"postgres_url": running.settings.postgres_url, "valkey_url": running.settings.valkey_url}
    settings = load_settings(home=running.settings.home, postgres_admin_url=database_url(SCRATCH), **addresses)
    assert [each.ok for each in await examine(settings) if each.name == "isolation"] == [True]
    await scratch.execute("CREATE TABLE core.loose (id uuid PRIMARY KEY)")
    found = [each for each in await examine(settings) if each.name == "isolation"]
    await scratch.execute("DROP TABLE core.loose")
    assert [(each.ok, "core.loose" in each.told) for each in found] == [(False, True)]


@pytest.mark.parametrize("role", ["fourfold_app", "fourfold_worker"])
async def test_a_session_without_a_tenant_sees_nothing(tenant: Tenant, role: str) -> None:
    """P-10: raw SQL of the application's roles, without a tenant, sees no row of anybody's."""
    connection = await asyncpg.connect(database_url(tenant.running.database, role))
    queues = set(QUEUES) if role == "fourfold_worker" else set()
    try:
        tables = [row[0] for row in await connection.fetch(OWNED)]
        assert len(tables) > 10
        seen = {
            name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables if name not in queues
        }
        assert {name: count for name, count in seen.items() if count} == {}
    finally:
        await connection.close()


async def test_nobody_writes_for_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-10: with a tenant or without, a row of another tenant is neither inserted, nor moved, nor removed."""
    connection = await asyncpg.connect(database_url(tenant.running.database, "fourfold_app"))
    insert = "INSERT INTO core.account (tenant_id, id, email, name, password_hash, created_at, updated_at)"
    values = f"VALUES ('{other_tenant.id}', '{new_id()}', 'x@x.test', 'x', 'x', now(), now())"
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"{insert} {values}")
        await connection.execute(f"SELECT set_config('fourfold.tenant', '{tenant.id}', false)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"{insert} {values}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"UPDATE core.account SET tenant_id = '{other_tenant.id}'")
        assert await connection.execute(f"DELETE FROM core.account WHERE tenant_id = '{other_tenant.id}'") == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("TRUNCATE ground.event")
    finally:
        await connection.close()
