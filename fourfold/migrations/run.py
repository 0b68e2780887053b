"""Brings a database to the newest shape: roles, schemas, then each system's line of migrations."""

import asyncio
from collections.abc import Sequence

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from fourfold.migrations.lines import HERE, LINES

LOCK = 4_044_404

ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fourfold_owner') THEN CREATE ROLE fourfold_owner NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fourfold_app') THEN
    CREATE ROLE fourfold_app LOGIN NOSUPERUSER NOBYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fourfold_worker') THEN
    CREATE ROLE fourfold_worker LOGIN NOSUPERUSER NOBYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fourfold_search') THEN
    CREATE ROLE fourfold_search NOLOGIN BYPASSRLS; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
"""


async def migrate(admin_url: str, lines: Sequence[str] = LINES) -> None:
    """Migrates the database that `admin_url` names; several at once wait for each other."""
    await _make_roles(admin_url)
    engine = create_async_engine(
        make_url(admin_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool, connect_args={"timeout": 30}
    )
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        await connection.commit()
        for line in lines:
            await connection.run_sync(_upgrade, line)
            await connection.commit()
    await engine.dispose()


async def _make_roles(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(ROLES)
    finally:
        await connection.close()


def _upgrade(connection: Connection, line: str) -> None:
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {line} AUTHORIZATION fourfold_owner"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {line} TO fourfold_app, fourfold_worker, fourfold_search"))
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public"))
    connection.commit()
    script = ScriptDirectory(str(HERE), version_locations=[str(HERE / line)])
    with EnvironmentContext(Config(), script, fn=lambda rev, _: script._upgrade_revs("head", rev)) as environment:  # noqa: SLF001 - what `alembic upgrade head` itself calls
        environment.configure(
            connection=connection, version_table_schema=line, version_table="migration", transaction_per_migration=True
        )
        # A migration that waits for a lock makes everybody behind it wait too: rather fail, and be tried again.
        connection.execute(text("SET lock_timeout = '2s'"))
        connection.execute(text("SET ROLE fourfold_owner"))
        connection.commit()
        with environment.begin_transaction():
            environment.run_migrations()
        connection.execute(text("RESET ROLE"))


if __name__ == "__main__":  # pragma: no cover - for trying migrations by hand
    import sys

    asyncio.run(migrate(sys.argv[1]))
