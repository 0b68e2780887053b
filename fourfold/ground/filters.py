"""Filters: what documents are asked for. Operators are functions of code; a plain dict is never one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.collection import TENANT
from fourfold.ground.refusals import Invalid

SCALARS = (str, int, float, bytes, UUID, type(None))
DEEPEST = 32
EARTH_METRES = 6_378_100
Filter = Mapping[Any, Any]


class UnsafeValue(Invalid):
    """422: a value that could be read as something else than a value."""

    code = "unsafe_value"
    title = "A value cannot be taken as it is"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition on a field, as MongoDB writes it; made by the functions below and by nothing else."""

    words: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """A value taken as it is, wherever operators could stand."""

    value: Any


@dataclass(frozen=True, eq=False)
class Branches:
    """Several filters, joined by a word; stands in a filter as a key of its own."""

    word: str
    filters: Sequence[Filter]


def eq(value: Any) -> Operator:
    return Operator({"$eq": scalar(value)})


def ne(value: Any) -> Operator:
    return Operator({"$ne": scalar(value)})


def lt(value: Any) -> Operator:
    return Operator({"$lt": scalar(value)})


def lte(value: Any) -> Operator:
    return Operator({"$lte": scalar(value)})


def gt(value: Any) -> Operator:
    return Operator({"$gt": scalar(value)})


def gte(value: Any) -> Operator:
    return Operator({"$gte": scalar(value)})


def between(low: Any, high: Any) -> Operator:
    """From `low` on, before `high`."""
    return Operator({"$gte": scalar(low), "$lt": scalar(high)})


def one_of(values: Sequence[Any]) -> Operator:
    return Operator({"$in": [scalar(value) for value in values]})


def not_one_of(values: Sequence[Any]) -> Operator:
    return Operator({"$nin": [scalar(value) for value in values]})


def has_all(values: Sequence[Any]) -> Operator:
    """An array that holds each of the values."""
    return Operator({"$all": [scalar(value) for value in values]})


def exists(there: bool = True) -> Operator:  # noqa: FBT001, FBT002 - exists(False) reads as what it means
    return Operator({"$exists": bool(there)})


def size_is(number: int) -> Operator:
    """An array of so many elements."""
    return Operator({"$size": int(number)})


def element(wanted: Filter) -> Operator:
    """An array with at least one element that fits the filter."""
    return Operator({"$elemMatch": compiled(wanted, top=False)})


def starts_with(text: str) -> Operator:
    """Text that begins like this, upper and lower case apart: it can use an index."""
    return Operator({"$regex": f"^{re.escape(str(text))}"})


def not_(condition: Operator) -> Operator:
    return Operator({"$not": dict(condition.words)})


def all_ops(*conditions: Operator) -> Operator:
    """Several conditions on one field."""
    return Operator({word: value for each in conditions for word, value in each.words.items()})


def near(longitude: float, latitude: float, metres: float) -> Operator:
    """Places so near, the nearest first; the field needs a `2dsphere` key. Cannot be counted: see `within`."""
    point = {"type": "Point", "coordinates": [float(longitude), float(latitude)]}
    return Operator({"$nearSphere": {"$geometry": point, "$maxDistance": float(metres)}})


def within(longitude: float, latitude: float, metres: float) -> Operator:
    """Places so near, in any order."""
    centre = [[float(longitude), float(latitude)], float(metres) / EARTH_METRES]
    return Operator({"$geoWithin": {"$centerSphere": centre}})


def literal(value: Any) -> Given:
    """A value as it is: a whole embedded document in a filter, or anything from outside in an expression."""
    return Given(as_data(value))


def either(*filters: Filter) -> dict[Any, Any]:
    """What fits one of the filters: `{**either({...}, {...}), "state": "live"}`."""
    return {Branches("$or", filters): True}


def both(*filters: Filter) -> dict[Any, Any]:
    """What fits all of the filters."""
    return {Branches("$and", filters): True}


def neither(*filters: Filter) -> dict[Any, Any]:
    """What fits none of the filters."""
    return {Branches("$nor", filters): True}


def compiled(wanted: Filter, *, top: bool = True) -> dict[str, Any]:
    """The filter as MongoDB writes it; `top` is False below a field, where `t` is a name like others.

    A field that is the tenant's or begins with `$` is a `TypeError`; a dict as a value is `UnsafeValue`.
    """
    out: dict[str, Any] = {}
    joined: list[dict[str, Any]] = []
    for key, value in wanted.items():
        if isinstance(key, Branches):
            joined.append({key.word: [compiled(each, top=top) for each in key.filters]})
        else:
            out[checked_field(key, top=top)] = condition(value)
    if len(joined) == 1:
        return {**out, **joined[0]}
    return {**out, "$and": joined} if joined else out


def condition(value: Any) -> Any:
    """What a field has to be, as MongoDB writes it."""
    if isinstance(value, Operator):
        return dict(value.words)
    if isinstance(value, Given):
        return {"$eq": value.value}
    if isinstance(value, list | tuple):
        return [scalar(each) for each in value]
    return scalar(value)


def checked_field(name: object, *, top: bool = True) -> str:
    """The name of a field that a filter may name, perhaps with dots; a `TypeError` for others."""
    if not isinstance(name, str) or any(not part or part[0] == "$" or "\0" in part for part in name.split(".")):
        raise TypeError(f"not a field: {name!r}")
    if top and name.split(".", 1)[0] == TENANT:
        raise TypeError("the tenant is not asked for by name: it goes into every filter by itself")
    return name


def scalar(value: Any) -> Any:
    """The value, if it is a plain one; a dict or anything else with an inside is refused."""
    if isinstance(value, SCALARS):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment needs its time zone")
        return value
    if isinstance(value, Mapping | list | tuple):
        raise UnsafeValue("A plain value is expected here.")
    raise TypeError(f"not a value of a document: {type(value).__name__}")


def as_data(value: Any, depth: int = 0) -> Any:
    """A value that is stored as it is: plain ones, lists and dicts whose keys cannot be taken for operators."""
    if isinstance(value, Mapping):
        if depth > DEEPEST:
            raise UnsafeValue("It is nested too deeply.")
        return {_data_key(key): as_data(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        if depth > DEEPEST:
            raise UnsafeValue("It is nested too deeply.")
        return [as_data(each, depth + 1) for each in value]
    return scalar(value)


def _data_key(key: Any) -> str:
    if not isinstance(key, str) or not key or key[0] == "$" or "." in key or "\0" in key:
        raise UnsafeValue("A name within it begins with $ or holds a dot.")
    return key
