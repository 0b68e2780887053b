"""Filters, updates and pipelines of documents: what code may say, and that no value is ever taken for a word."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from fourfold.ground.filters import (
    UnsafeValue,
    all_ops,
    between,
    both,
    compiled,
    either,
    element,
    gte,
    literal,
    lt,
    ne,
    neither,
    not_,
    one_of,
    starts_with,
    within,
)
from fourfold.ground.pipelines import compiled_pipeline
from fourfold.ground.updates import compiled_update, each

TENANT = uuid4()
ATTACKS: list[Any] = [
    {"$ne": None},
    {"$gt": ""},
    {"$where": "sleep(1)"},
    {"$regex": ".*"},
    {"a": {"$ne": 1}},
    [{"$ne": None}],
    {"$in": [1]},
    {},
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_a_dict_is_never_an_operator(attack: Any) -> None:
    """T11: whatever JSON is sent for a value of a filter is refused, 422, also inside of operators."""
    for wanted in ({"author": attack}, either({"author": attack}), both({"x": 1}, {"author": attack})):
        with pytest.raises(UnsafeValue) as refused:
            compiled(wanted)
        assert refused.value.status == 422
    for make in (lt, gte, ne, lambda value: one_of([value])):
        with pytest.raises(UnsafeValue):
            make(attack)


@pytest.mark.parametrize(
    "name", ["$where", "$expr", "$or", "$text", "t", "t.x", "a.$ne", "", "a..b", "a\0", 1], ids=str
)
def test_fields_are_no_words(name: Any) -> None:
    """T11: a name of a field is no operator, and never the tenant."""
    with pytest.raises(TypeError):
        compiled({name: 1})


def test_filters_say_what_code_means() -> None:
    """P-10: the functions give MongoDB's words, and several branches stay side by side."""
    now, who = datetime.now(UTC), uuid4()
    assert compiled({"a": 1, "b": [1, 2], "at": between(now, now), "who": one_of([who])}) == {
        "a": 1,
        "b": [1, 2],
        "at": {"$gte": now, "$lt": now},
        "who": {"$in": [who]},
    }
    two = {**either({"a": 1}, {"b": lt(2)}), **neither({"c": 3}), "d": 4}
    assert compiled(two) == {
        "d": 4,
        "$and": [{"$or": [{"a": 1}, {"b": {"$lt": 2}}]}, {"$nor": [{"c": 3}]}],
    }
    assert compiled({"a": all_ops(gte(1), lt(3)), "b": not_(lt(1))}) == {
        "a": {"$gte": 1, "$lt": 3},
        "b": {"$not": {"$lt": 1}},
    }
    assert compiled({"x": element({"t": 1, "y": lt(2)})}) == {"x": {"$elemMatch": {"t": 1, "y": {"$lt": 2}}}}
    assert compiled({"x": literal({"a": 1}), "s": starts_with("a.b")}) == {
        "x": {"$eq": {"a": 1}},
        "s": {"$regex": r"^a\.b"},
    }
    assert compiled({"place": within(1, 2, 3)})["place"]["$geoWithin"]


@pytest.mark.parametrize(
    "update",
    [
        {"$set": {"t": 1}},
        {"$set": {"_id": 1}},
        {"$set": {"$x": 1}},
        {"$rename": {"a": "t"}},
        {"$where": {"a": 1}},
        {"$out": {"a": 1}},
        {"a": {"b": 1}},
        {"a": 1},
        {"$inc": {"a": "1"}},
        {"$inc": {"a": True}},
        {},
        {"$set": {}},
    ],
    ids=str,
)
def test_updates_touch_neither_tenant_nor_id(update: Any) -> None:
    """P-10: no update moves a document to another tenant, and unknown words are mistakes."""
    with pytest.raises(TypeError):
        compiled_update(update)


@pytest.mark.parametrize("value", [{"$inc": 1}, {"a": {"$set": 1}}, [{"a.b": 1}], {"": 1}, {"a\0": 1}], ids=str)
def test_stored_values_hold_no_words(value: Any) -> None:
    """T11: what is stored can never be read as an operator afterwards."""
    for word in ("$set", "$push", "$addToSet"):
        with pytest.raises(UnsafeValue):
            compiled_update({word: {"a": value}})
    with pytest.raises(UnsafeValue):
        each([value])


def test_updates_say_what_code_means() -> None:
    """P-10: words, paths into arrays, and several elements at once."""
    update = {
        "$set": {"a.b": {"c": [1, {"d": 2}]}, "x.$.y": 1},
        "$inc": {"n": -1},
        "$push": {"list": each([1, 2], keep=-5)},
        "$pull": {"rows": {"id": lt(3)}},
        "$unset": {"old": True},
        "$setOnInsert": {},
    }
    assert compiled_update(update) == {
        "$set": {"a.b": {"c": [1, {"d": 2}]}, "x.$.y": 1},
        "$inc": {"n": -1},
        "$push": {"list": {"$each": [1, 2], "$slice": -5}},
        "$pull": {"rows": {"id": {"$lt": 3}}},
        "$unset": {"old": ""},
    }


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "social.posts", "as": "x"}},
        {"$graphLookup": {}},
        {"$unionWith": "social.posts"},
        {"$merge": {"into": "x"}},
        {"$out": "x"},
        {"$facet": {"a": [{"$lookup": {}}]}},
        {"$project": {"x": {"$function": {"body": "x"}}}},
        {"$group": {"_id": None, "x": {"$accumulator": {}}}},
        {"$match": {"$where": "1"}},
        {"$match": {"t": 1}},
        {"$currentOp": {}},
        {"$sort": {"a": 1}, "$limit": 1},
    ],
    ids=str,
)
def test_pipelines_stay_at_home(stage: dict[str, Any]) -> None:
    """P-10: no stage reads or writes another collection, runs code, or asks for another tenant."""
    with pytest.raises(TypeError):
        compiled_pipeline([{"$match": {}}, stage], TENANT)


def test_pipelines_begin_with_the_tenant() -> None:
    """P-10: the tenant is in the first stage, and values from outside are literals."""
    assert compiled_pipeline([{"$sort": {"a": 1}}], TENANT) == [{"$match": {"t": TENANT}}, {"$sort": {"a": 1}}]
    asked: list[dict[str, Any]] = [{"$match": {"a": lt(1)}}, {"$set": {"x": {"$concat": ["$a", literal("$b")]}}}]
    assert compiled_pipeline(asked, TENANT) == [
        {"$match": {"t": TENANT, "a": {"$lt": 1}}},
        {"$set": {"x": {"$concat": ["$a", {"$literal": "$b"}]}}},
    ]


SENT = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from(["$ne", "$in", "$where", "a", "t"]), inner),
)


@given(sent=SENT)
def test_no_json_becomes_a_word(sent: Any) -> None:
    """T11: whatever JSON stands for a value, what goes to the database holds no operator that code did not write."""
    try:
        wanted = compiled({"author": sent})
    except UnsafeValue:
        return
    assert wanted == {"author": sent}
    assert not isinstance(sent, dict)
    if isinstance(sent, list):
        assert not any(isinstance(inner, dict | list) for inner in sent)
