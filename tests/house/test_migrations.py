"""Migrations run beside the release before: none may stop its requests, and each can be undone or says why not."""

import inspect
from pathlib import Path

import pytest

from fourfold.migrations.lines import HERE
from tests.house.revisions import LONG_UNUSED, loaded, revisions, unsafe_parts

NOT_BESIDE = "an index that is not built concurrently"
AT_ONCE = "a constraint that is checked at once"
ALL_ROWS = "all rows in one statement"
# Revisions from before the first release, which no database with rows has ever met.
EARLY = {
    "commerce/0010": {AT_ONCE, NOT_BESIDE},
    "commerce/0020": {AT_ONCE, NOT_BESIDE},
    "commerce/0030": {AT_ONCE},
    "commerce/0050": {NOT_BESIDE},
    "core/0002": {AT_ONCE, ALL_ROWS, "a scan under the strongest lock"},
    "core/0003": {NOT_BESIDE},
    "core/0008": {AT_ONCE, NOT_BESIDE},
    "core/0012": {AT_ONCE, NOT_BESIDE},
    "ground/0004": {ALL_ROWS},
}
REVISION = """
from alembic import op
from fourfold.migrations.tables import build_index, tenant_table
{above}

def upgrade():
    {body}
"""
# Each kind of unsafe operation, planted.
PLANTED = {
    'op.execute("CREATE INDEX a ON core.account (tenant_id, name)")': NOT_BESIDE,
    'op.execute("CREATE UNIQUE INDEX a ON core.account (tenant_id, name)")': NOT_BESIDE,
    'op.execute("DROP INDEX core.account_by_phone")': NOT_BESIDE,
    'op.execute("REINDEX TABLE core.account")': NOT_BESIDE,
    'build_index("core.a", "core.b (c)"); op.execute("ALTER TABLE core.b ADD COLUMN d text")': (
        "an index that is built concurrently, and more"
    ),
    'op.execute("ALTER TABLE core.account ADD COLUMN a text NOT NULL")': "NOT NULL without a default",
    'op.execute("ALTER TABLE core.account ADD COLUMN a text, ADD b numeric(9, 2) NOT NULL")': (
        "NOT NULL without a default"
    ),
    'op.execute("ALTER TABLE core.account ALTER COLUMN language SET NOT NULL")': "a scan under the strongest lock",
    'op.execute("ALTER TABLE core.account ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()")': (
        "a default that rewrites the table"
    ),
    'op.execute("ALTER TABLE core.account ADD COLUMN a bigserial")': "a default that rewrites the table",
    'op.execute("ALTER TABLE core.account ALTER COLUMN name TYPE varchar(80)")': "a change of type",
    'op.execute("alter table core.account alter name set data type bytea USING name::bytea")': "a change of type",
    'op.execute("ALTER TABLE core.account RENAME COLUMN name TO title")': "a new name",
    'op.execute("ALTER TABLE core.account RENAME TO person")': "a new name",
    'op.execute("ALTER TABLE core.account DROP COLUMN name")': "a drop of what the release before uses",
    'op.execute("DROP TABLE core.account")': "a drop of what the release before uses",
    'op.execute("DROP FUNCTION ground.claim_key(jsonb)")': "a drop of what the release before uses",
    "op.execute(\"ALTER TABLE core.account ADD CONSTRAINT a CHECK (name <> '')\")": AT_ONCE,
    'op.execute("ALTER TABLE core.account ADD FOREIGN KEY (tenant_id) REFERENCES core.tenant (id)")': AT_ONCE,
    'op.execute("ALTER TABLE core.account ADD CONSTRAINT a UNIQUE (tenant_id, name)")': AT_ONCE,
    "op.execute(\"UPDATE core.account SET language = 'en'\")": ALL_ROWS,
    'op.execute("LOCK TABLE core.account")': "a lock on the whole table",
    'op.execute("SET LOCAL lock_timeout = 0")': "a lock_timeout of its own",
    'op.execute("RESET ALL")': "a lock_timeout of its own",
}
SAFE = (
    'build_index("core.account_by_name", "core.account (tenant_id, name)")',
    'tenant_table("core.a", "id uuid NOT NULL"); op.execute("CREATE INDEX b ON core.a (tenant_id)")',
    'op.execute("ALTER TABLE core.account ADD COLUMN a text, ADD COLUMN b integer NOT NULL DEFAULT 0")',
    'op.execute("ALTER TABLE core.account ADD COLUMN a timestamptz NOT NULL DEFAULT now()")',
    'op.execute("ALTER TABLE core.account ADD CONSTRAINT a CHECK (name IS NOT NULL) NOT VALID")',
    'op.execute("ALTER TABLE core.account VALIDATE CONSTRAINT a")',
    'op.execute("ALTER TABLE core.account ADD CONSTRAINT a UNIQUE USING INDEX b")',
    'op.execute("CREATE OR REPLACE FUNCTION core.f() RETURNS int LANGUAGE sql AS $$ UPDATE core.a SET b = 1 $$")',
)


def planted(folder: Path, body: str, above: str = "") -> Path:
    file = folder / "9001_planted.py"
    file.write_text(REVISION.format(above=above, body=body))
    return file


@pytest.mark.parametrize("path", revisions(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_revision_is_safe_and_can_be_undone(path: Path) -> None:
    """O-06, T71: no revision stops requests; each has a way back, or a sentence that says why there is none."""
    module = loaded(path)
    assert set(unsafe_parts(module)) == EARLY.get(str(path.relative_to(HERE))[: -len(path.name) + 4], set())
    reason = getattr(module, "IRREVERSIBLE", "")
    assert bool(reason) != hasattr(module, "downgrade")
    if reason:
        assert reason.endswith(".")
        assert reason.count(" ") > 3
    else:
        assert "pass" not in inspect.getsource(module.downgrade).split()


@pytest.mark.parametrize("body", PLANTED)
def test_unsafe_operations_are_found(tmp_path: Path, body: str) -> None:
    """O-06, T71: each kind of operation that would hold up requests, or break the release before, is told by name."""
    assert unsafe_parts(loaded(planted(tmp_path, body))) == [PLANTED[body]]


@pytest.mark.parametrize("body", SAFE)
def test_safe_operations_pass(tmp_path: Path, body: str) -> None:
    """O-06: additions, and indexes that are built beside everything, are what migrations are made of."""
    assert unsafe_parts(loaded(planted(tmp_path, body))) == []


def test_what_is_long_unused_may_go(tmp_path: Path) -> None:
    """O-06: a drop names the release that was the first not to need what is dropped."""
    drop = 'op.execute("ALTER TABLE core.account DROP COLUMN name")'
    assert unsafe_parts(loaded(planted(tmp_path, drop, f'{LONG_UNUSED} = "1.4"'))) == []
