"""What is newest, asked for in spans: the same as when everything is read, with less to read."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.collection import Collection, Key
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.filters import Operator, all_ops, between, gte, lt
from fourfold.ground.ids import new_id
from fourfold.ground.spans import Lately, newest
from tests.conftest import Running, documents_url

LINES = Collection("trials.lines", keys=[Key("kind", "-at")])
NOW = datetime(2026, 5, 5, tzinfo=UTC)
SPAN = timedelta(minutes=10)


def moments(chance: random.Random) -> list[datetime]:
    """Of all ages, several of them the same."""
    ages = [chance.choice([0, 60, 600, 3_600, 86_400, 10**7, 10**9]) * chance.choice([0.5, 1, 1, 2]) for _ in range(80)]
    return [NOW - timedelta(seconds=age) for age in ages]


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_the_same_as_reading_all(running: Running, seed: int) -> None:
    """S-63, S-60: page by page, with and without bounds, whatever is how old; another tenant has none of it."""
    chance, tenant = random.Random(seed), new_id()
    store = DocumentStore(documents_url(running.database))
    lines = store.of(LINES, tenant)
    rows: list[dict[str, Any]] = [{"_id": new_id(), "kind": chance.choice("aab"), "at": at} for at in moments(chance)]
    await lines.insert_many(rows)
    day = timedelta(days=1)
    cases: list[tuple[Operator | None, datetime, datetime]] = [
        (None, datetime(1900, 1, 1, tzinfo=UTC), NOW + day),
        (all_ops(gte(NOW - day)), NOW - day, NOW + day),
        (all_ops(lt(NOW - SPAN)), datetime(1900, 1, 1, tzinfo=UTC), NOW - SPAN),
        (between(NOW - 200 * day, NOW - SPAN), NOW - 200 * day, NOW - SPAN),
    ]
    for bounds, low, high in cases:
        fitting = [row for row in rows if row["kind"] == "a" and low <= row["at"] < high]
        expected = [row["_id"] for row in sorted(fitting, key=lambda row: (row["at"], row["_id"].bytes), reverse=True)]
        wanted: dict[Any, Any] = {"kind": "a"} if bounds is None else {"kind": "a", "at": bounds}
        for limit in (1, 7, 500):
            found, behind = list[UUID](), None
            while page := await newest(lines, wanted, Lately("at", NOW, SPAN, behind), ["at"], limit):
                found += [row["_id"] for row in page]
                behind = (page[-1]["at"], page[-1]["_id"])
            assert found == expected
        nobodys = store.of(LINES, new_id())
        assert await newest(nobodys, wanted, Lately("at", NOW, SPAN), ["at"], 5) == []
    await store.close()
