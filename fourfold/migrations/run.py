"""Brings a database to the newest shape, or one line to another: roles, schemas, then each system's migrations."""

import asyncio
from collections.abc import Sequence

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from fourfold.migrations.lines import HERE, LINES, revisions_of
from fourfold.migrations.tables import LOCK_TIMEOUT

LOCK = 4_044_404
# A line that does not get its locks is tried again after these seconds: what held them has often ended by then.
PAUSES = (0.5, 1.0, 2.0)

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


class CannotMigrate(Exception):
    """A migration was not run, or was undone: the database is as the last complete one left it."""


async def migrate(admin_url: str, lines: Sequence[str] = LINES, to: str | None = None) -> None:
    """Migrates the database that `admin_url` names; several at once wait for each other.

    The lines end with revision `to` (`0055`), be it forwards or back; without, with their newest. Raises CannotMigrate
    when a lock is not to be had, when there is no such revision, or when one on the way back cannot be undone.
    """
    for line in lines:
        if to is not None and to not in revisions_of(line):
            raise CannotMigrate(f"{line} has no revision {to}")
    await _make_roles(admin_url)
    engine = create_async_engine(
        make_url(admin_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool, connect_args={"timeout": 30}
    )
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        await connection.commit()
        for line in lines:
            await _move_when_free(connection, line, to)
    await engine.dispose()


async def _move_when_free(connection: AsyncConnection, line: str, to: str | None) -> None:
    for pause in (*PAUSES, None):
        try:
            await connection.run_sync(_move, line, to)
            await connection.commit()
        except (DBAPIError, asyncpg.LockNotAvailableError) as problem:
            await connection.rollback()
            if getattr(problem, "sqlstate", getattr(getattr(problem, "orig", None), "sqlstate", "")) != "55P03":
                raise
            if pause is None:
                told = f"{line}: a lock was not to be had within {LOCK_TIMEOUT}, {len(PAUSES) + 1} times; run it again"
                raise CannotMigrate(told) from problem
            await asyncio.sleep(pause)
        else:
            return


async def _make_roles(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(ROLES)
    finally:
        await connection.close()


def _move(connection: Connection, line: str, to: str | None) -> None:
    # A migration that waits for a lock makes everybody behind it wait too: rather fail, and be tried again.
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("RESET ROLE"))
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {line} AUTHORIZATION fourfold_owner"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {line} TO fourfold_app, fourfold_worker, fourfold_search"))
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public"))
    connection.commit()
    script = ScriptDirectory(str(HERE), version_locations=[str(HERE / line)])
    with EnvironmentContext(Config(), script, fn=lambda kept, _: _steps(script, line, kept, to)) as environment:
        environment.configure(
            connection=connection, version_table_schema=line, version_table="migration", transaction_per_migration=True
        )
        connection.execute(text("SET ROLE fourfold_owner"))
        connection.commit()
        with environment.begin_transaction():
            environment.run_migrations()
        connection.execute(text("RESET ROLE"))


def _steps(script: ScriptDirectory, line: str, kept: Sequence[str], to: str | None) -> list[MigrationStep]:
    """What `alembic upgrade` and `alembic downgrade` ask for; nothing when a later release was here before."""
    now = max(kept, default="")
    if now > revisions_of(line)[-1]:
        return []
    if to is None or to >= now:
        return script._upgrade_revs(to or "head", kept)  # type: ignore[arg-type,return-value]  # noqa: SLF001
    for revision in (each for each in revisions_of(line) if to < each <= now):
        if reason := getattr(script.get_revision(revision).module, "IRREVERSIBLE", None):
            raise CannotMigrate(f"{line} {revision} cannot be undone. {reason}")
    return script._downgrade_revs(to, kept)  # type: ignore[arg-type,return-value]  # noqa: SLF001


if __name__ == "__main__":  # pragma: no cover - for trying migrations by hand
    import sys

    asyncio.run(migrate(sys.argv[1]))
