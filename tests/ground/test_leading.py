"""Filters are taken apart so that a key leads to what they ask for."""

from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.collection import Key
from fourfold.ground.leading import in_order, split

T = UUID(int=1)
KEYS = [
    Key("u", "v", unique=True),
    Key("u", "follow", "v"),
    Key("words"),
    Key("author", "-published_at", "-_id"),
    Key("state", where={"state": "gone"}),
]


@pytest.mark.parametrize(
    ("wanted", "lead", "rest"),
    [
        ({"u": 1, "v": 2}, {"u": 1, "v": 2}, {}),
        ({"u": 1, "v": {"$in": [2]}}, {"u": 1, "v": {"$in": [2]}}, {}),
        ({"u": 1, "$or": [{"cut": True}]}, {"u": 1}, {"$or": [{"cut": True}]}),
        ({"u": 1, "follow": "yes", "state": 3}, {"u": 1, "follow": "yes"}, {"state": 3}),
        ({"u": {"$in": [1]}, "v": {"$in": [2]}}, {"u": {"$in": [1]}}, {"v": {"$in": [2]}}),
        ({"words": {"$all": ["a", "bread"]}}, {"words": "bread"}, {"words": {"$all": ["a", "bread"]}}),
        (
            {"author": 1, "published_at": {"$lte": 5}, "$nor": [{"x": 1}]},
            {"author": 1, "published_at": {"$lte": 5}},
            {"$nor": [{"x": 1}]},
        ),
        ({"author": {"$ne": 1}, "x": 1}, {"author": {"$ne": 1}, "x": 1}, {}),
        ({"state": "gone"}, {"state": "gone"}, {}),
        ({"author": 1, "place": {"$nearSphere": {}}}, {"author": 1, "place": {"$nearSphere": {}}}, {}),
        ({"_id": 7, "state": {"$ne": "gone"}}, {"_id": 7, "state": {"$ne": "gone"}}, {}),
        ({"_id": {"$in": [7]}, "$or": []}, {"_id": {"$in": [7]}}, {"$or": []}),
        ({"_id": {"$lt": 7}, "u": 1}, {"u": 1}, {"_id": {"$lt": 7}}),
    ],
)
def test_a_key_leads(wanted: dict[str, Any], lead: dict[str, Any], rest: dict[str, Any]) -> None:
    """S-82: what one key answers goes first, always with the tenant; nothing of the filter is lost."""
    assert split({"t": T, **wanted}, KEYS) == ({"t": T, **lead}, rest)


def test_ids_come_first() -> None:
    """S-82: servers that look at one condition after the other find a document by its id."""
    assert list(in_order({"t": T, "state": 1, "_id": 2})) == ["_id", "t", "state"]
    assert next(iter(split({"t": T, "_id": 2, "state": 1}, KEYS)[0])) == "_id"
