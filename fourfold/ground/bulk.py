"""Several changes of documents in one round trip, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fourfold.ground.filters import Filter


@dataclass(frozen=True, slots=True)
class Insert:
    """Adds a document."""

    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UpdateOne:
    """Changes the first that fits, or adds one."""

    wanted: Filter
    update: Mapping[str, Any]
    upsert: bool = False


@dataclass(frozen=True, slots=True)
class UpdateMany:
    """Changes all that fit."""

    wanted: Filter
    update: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteOne:
    """Takes away the first that fits."""

    wanted: Filter


@dataclass(frozen=True, slots=True)
class DeleteMany:
    """Takes away all that fit."""

    wanted: Filter


Operation: TypeAlias = Insert | UpdateOne | UpdateMany | DeleteOne | DeleteMany


@dataclass(frozen=True, slots=True)
class Bulk:
    """What was done."""

    inserted: int = 0
    matched: int = 0
    modified: int = 0
    upserted: int = 0
    deleted: int = 0
