"""What may leave with an export, and in which order a tenant's tables are emptied."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SECRET = re.compile(
    r"(^|_)(password|passwd|secret|token|tokens|hash|sealed|private|otp|totp|salt|signature|proof|mac|cipher|wrapped"
    r"|nonce|challenge|card|pan|cvc|links)(_|$)"
)
# Named like secrets, and none: they only say what a content was.
HARMLESS = frozenset(
    {
        "core.file.hash",
        "commerce.import_run.hash",
    }
)
# Tables that hold nothing but what opens doors, answers that were kept for a repeated request, or wrapped keys.
LEFT_OUT = frozenset({"ground.idempotency", "ground.data_key"})
# Mails may carry links that are still good for something.
LEFT_OUT_COLUMNS = frozenset({"core.mail.body_text", "core.mail.body_html"})


def leaves(table: str, column: str, kind: str) -> bool:
    """Whether a column is part of an export: no bytes, and nothing whose name sounds like a secret."""
    name = f"{table}.{column}"
    if table in LEFT_OUT or name in LEFT_OUT_COLUMNS or kind == "bytea":
        return False
    return name in HARMLESS or not SECRET.search(column)


def without_secrets(collection: str, value: Any) -> Any:
    """A document as it leaves: without bytes, and without fields whose names sound like secrets, at any depth."""
    if isinstance(value, Mapping):
        return {
            name: without_secrets(collection, each)
            for name, each in value.items()
            if leaves(collection, str(name), "bytea" if isinstance(each, bytes) else "")
        }
    return [without_secrets(collection, each) for each in value] if isinstance(value, list) else value


def emptying_order(tables: Iterable[str], references: Iterable[tuple[str, str]]) -> list[str]:
    """The tables, those that refer to others before the others; `references` are pairs (from, to).

    Tables that refer to each other in a circle stand in any order.
    """
    waiting = {table: {to for came, to in references if came == table and to != table} for table in sorted(tables)}
    order: list[str] = []
    while waiting:
        referred = set().union(*waiting.values())
        free = [table for table in waiting if table not in referred] or [next(iter(waiting))]
        order += free
        for table in free:
            del waiting[table]
    return order


def receipt_of(deletion: Mapping[str, Any], slug: str, done_at: str) -> dict[str, Any]:
    """The receipt: what was deleted, when, at whose wish; no names, no addresses."""
    counts: Mapping[str, int] = deletion["counts"]
    return {
        "deletion_id": str(deletion["id"]),
        "tenant": {"id": str(deletion["owner_id"]), "slug": slug},
        "requested_by": deletion["requested_by"],
        "requested_at": deletion["requested_at"].isoformat(),
        "done_at": done_at,
        "tables": dict(sorted(counts.items())),
        "rows": sum(counts.values()),
        "files": deletion["files"],
        "cache_keys": deletion["keys"],
        "last_export_sha256": deletion["export_sha256"],
    }


def secret_looking(columns: Sequence[tuple[str, str, str]]) -> list[str]:
    """Those of the columns (table, name, kind) that stay behind, by their full names."""
    return sorted(f"{table}.{column}" for table, column, kind in columns if not leaves(table, column, kind))
