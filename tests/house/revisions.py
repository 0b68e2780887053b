"""Revisions of the database as the house tests read them: the SQL that each would run, and what is unsafe about it."""

import importlib.util
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from alembic import op

from fourfold.migrations import tables
from fourfold.migrations.lines import HERE, LINES

# What a revision says before it drops what an earlier release used: which one was the first that did not.
LONG_UNUSED = "UNUSED_SINCE"
_DROPS = r"^DROP (?!CONSTRAINT|INDEX|TRIGGER|POLICY)"
# What holds of one action of ALTER TABLE, on a table that older releases already use.
_ACTIONS = {
    "NOT NULL without a default": r"^ADD (?!CONSTRAINT|CHECK)(?!.*\bDEFAULT\b).*\bNOT NULL\b",
    "a default that rewrites the table": r"^ADD (?!CONSTRAINT|CHECK).*\b"
    r"(DEFAULT (?!now\()[\w.]+ ?\(|GENERATED|(BIG)?SERIAL)",
    "a constraint that is checked at once": r"^ADD\b(?=.*\b(CHECK|REFERENCES|UNIQUE|PRIMARY KEY|EXCLUDE)\b)"
    r"(?!.*\b(NOT VALID|USING INDEX)\b)",
    "a scan under the strongest lock": r"^ALTER (COLUMN )?\S+ SET NOT NULL",
    "a change of type": r"^ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b",
    "a new name": r"^RENAME\b",
}
# What holds of a whole statement on such a table.
_STATEMENTS = {
    "an index that is not built concurrently": r"^(CREATE (UNIQUE )?INDEX|REINDEX|DROP INDEX)\b(?!.*\bCONCURRENTLY\b)",
    "all rows in one statement": r"^(UPDATE|DELETE FROM|TRUNCATE)\b",
    "a lock on the whole table": r"^(LOCK|CLUSTER|VACUUM)\b",
    "a lock_timeout of its own": r"^(SET|RESET)\b.*\b(lock_timeout|statement_timeout|ALL)\b|set_config\(",
}


def revisions() -> list[Path]:
    """The files of all lines."""
    return sorted(path for line in LINES for path in (HERE / line).glob("[0-9]*.py"))


def loaded(path: Path) -> ModuleType:
    """The revision as a module."""
    spec = importlib.util.spec_from_file_location(f"revision_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def statements_of(module: ModuleType) -> list[str]:
    """What the revision would run, each on one line, without literals, comments and bodies of functions."""
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(op, "execute", lambda statement: told.append(str(statement)))
        patch.setattr(tables, "_beside_everything", told.append)
        for place in (tables, module):
            patch.setattr(place, "script", told.append, raising=False)
        module.upgrade()
    return list(_pieces("; ".join(told)))


def unsafe_parts(module: ModuleType) -> list[str]:
    """What of the revision would disturb readers and writers, or the release before, by the kinds above."""
    statements = statements_of(module)
    made = [
        re.match(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\S+)", each, re.IGNORECASE) for each in statements
    ]
    new = {each[1] for each in made if each}
    found = {kind for each in statements for kind in _unsafe(each, new, unused=hasattr(module, LONG_UNUSED))}
    beside = [each for each in statements if "CONCURRENTLY" in each]
    if beside and len(beside) < len(statements):
        found.add("an index that is built concurrently, and more")
    return sorted(found)


def _unsafe(statement: str, new: set[str], *, unused: bool) -> Iterator[str]:
    on = re.match(
        r"(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|UPDATE (?:ONLY )?|DELETE FROM |CREATE (?:UNIQUE )?INDEX .*?\bON )"
        r"([\w.]+)",
        statement,
        re.IGNORECASE,
    )
    if on and on[1] in new:
        return
    for kind, pattern in _STATEMENTS.items():
        if re.search(pattern, statement, re.IGNORECASE):
            yield kind
    actions = _split(statement[on.end() :], ",") if on and statement.upper().startswith("ALTER TABLE") else []
    for kind, pattern in _ACTIONS.items():
        if any(re.search(pattern, action, re.IGNORECASE) for action in actions):
            yield kind
    if not unused and any(re.search(_DROPS, each, re.IGNORECASE) for each in (statement, *actions)):
        yield "a drop of what the release before uses"


def _pieces(script: str) -> Iterator[str]:
    script = re.sub(r"--[^\n]*", "", script)
    script = re.sub(r"(\$\w*\$).*?\1", "$$", script, flags=re.DOTALL)
    script = re.sub(r"'(?:[^']|'')*'", "''", script)
    yield from (" ".join(piece.split()) for piece in _split(script, ";"))


def _split(text: str, mark: str) -> Sequence[str]:
    """Pieces between marks that stand in no brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == mark and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces if piece.strip()]
