"""Collections of documents as values: their names, keys and shapes, without any driver."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from fourfold.ground.refusals import Conflict

TENANT = "t"
# Indexes that are made from declarations; others are somebody's own, and are left alone.
OURS = "ff_"
Direction = int | str


class Duplicate(Conflict):
    """409: a document with the same value in a unique key is there already; `fields` are those of the key."""

    code = "duplicate"
    title = "Something of this kind is there already"

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__()
        self.fields = tuple(fields)


@dataclass(frozen=True, slots=True, init=False)
class Key:
    """An index: `Key("author", "-_id")`; the tenant comes first by itself, and `-` descends.

    `where` makes it partial, with a filter as MongoDB writes it; `ttl` removes documents so many seconds after the
    moment in the field (such a key has one field and no tenant); `2dsphere:place` finds by distance.
    """

    fields: tuple[str, ...]
    unique: bool
    where: Mapping[str, Any] | None
    sparse: bool
    ttl: int | None

    def __init__(
        self,
        *fields: str,
        unique: bool = False,
        where: Mapping[str, Any] | None = None,
        sparse: bool = False,
        ttl: int | None = None,
    ) -> None:
        if not fields or TENANT in fields or (ttl is not None and len(fields) > 1):
            raise TypeError(f"not a key: {fields}")
        for name, value in {"fields": fields, "unique": unique, "where": where, "sparse": sparse, "ttl": ttl}.items():
            object.__setattr__(self, name, value)

    @property
    def spec(self) -> list[tuple[str, Direction]]:
        """Fields with their directions, led by the tenant."""
        led: list[tuple[str, Direction]] = [] if self.ttl is not None else [(TENANT, 1)]
        return led + [_directed(name) for name in self.fields]

    @property
    def options(self) -> dict[str, Any]:
        """What else makes it the index that it is."""
        given = {
            "unique": self.unique or None,
            "sparse": self.sparse or None,
            "partialFilterExpression": dict(self.where) if self.where is not None else None,
            "expireAfterSeconds": self.ttl,
        }
        return {name: value for name, value in given.items() if value is not None}

    @property
    def name(self) -> str:
        """Its name in the database, another one whenever it becomes another index."""
        told = orjson.dumps([self.spec, self.options], option=orjson.OPT_SORT_KEYS)
        words = "_".join(name.strip("-").replace(":", "_") for name in self.fields)
        return f"{OURS}{words}_{hashlib.sha256(told).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of documents, each with the tenant's id as `t` and a UUID as `_id`.

    `validator` is the inside of a JSON schema of type object: `required` and `properties`. `shard_key` is how it is
    spread over several machines, when there are several: a unique key must begin with its fields.

    `told_by` are the fields (ids) by whose values it is told in Valkey what was touched, for answers that are kept
    (`ground.touched`); None when nothing is kept that is made of these documents. A change of nothing but `untold`
    fields is not told.
    """

    name: str
    keys: Sequence[Key] = ()
    validator: Mapping[str, Any] = field(default_factory=dict)
    shard_key: Sequence[str] = (TENANT, "_id")
    told_by: Sequence[str] | None = None
    untold: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuses what could not be kept apart by tenants."""
        if "." not in self.name or self.shard_key[0] != TENANT:
            raise TypeError(f"{self.name}: a name is system.things, and a shard key begins with the tenant")

    @property
    def schema(self) -> dict[str, Any]:
        """What the database checks of each document."""
        own = {TENANT: {"bsonType": "binData"}, "_id": {"bsonType": "binData"}}
        return {
            "$jsonSchema": {
                **self.validator,
                "bsonType": "object",
                "required": [TENANT, *self.validator.get("required", [])],
                "properties": {**self.validator.get("properties", {}), **own},
            }
        }

    @property
    def version(self) -> str:
        """A digest of all that is declared: another one whenever something changes."""
        keys = sorted([key.name, key.spec, key.options] for key in self.keys)
        told = orjson.dumps([self.name, keys, self.schema, list(self.shard_key)], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(told).hexdigest()[:16]


def _directed(name: str) -> tuple[str, Direction]:
    kind, _, field_name = name.rpartition(":")
    if kind:
        return field_name, kind
    return (name[1:], -1) if name.startswith("-") else (name, 1)
