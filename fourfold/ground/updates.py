"""Updates of documents: the words that code may use, and values that are stored as they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fourfold.ground.collection import TENANT
from fourfold.ground.filters import Filter, Given, as_data, compiled, condition, scalar

POSITIONS = frozenset({"$", "$[]"})


@dataclass(frozen=True, slots=True)
class Each:
    """Several elements for an array."""

    words: Mapping[str, Any]


def each(
    values: Sequence[Any],
    *,
    keep: int | None = None,
    sort: Mapping[str, int] | int | None = None,
    at: int | None = None,
) -> Each:
    """Adds all the values; `keep` cuts the array to so many (negative: the last ones), after `sort`; `at` is where."""
    words = {"$each": as_data(list(values)), "$slice": keep, "$sort": sort, "$position": at}
    return Each({word: value for word, value in words.items() if value is not None})


def compiled_update(update: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The update as MongoDB writes it; unknown words and the names of tenant and id are a `TypeError`."""
    if not isinstance(update, Mapping):
        raise TypeError("an update is a dict of words such as $set")
    out: dict[str, dict[str, Any]] = {}
    for word, fields in update.items():
        if not isinstance(fields, Mapping):
            raise TypeError(f"{word} takes a dict of fields")
        if fields:
            out[word] = {_path(name, word): _value(word, value) for name, value in fields.items()}
    if not out:
        raise TypeError("the update changes nothing")
    return out


def _path(name: object, word: str) -> str:
    parts = name.split(".") if isinstance(name, str) else [""]
    wrong = any(not part or "\0" in part or (part[0] == "$" and part not in POSITIONS) for part in parts)
    if wrong or parts[0][0] == "$" or parts[0] == TENANT or (parts[0] == "_id" and word != "$setOnInsert"):
        raise TypeError(f"not a field to change: {name!r}")
    return str(name)


def _value(word: str, value: Any) -> Any:
    read = READERS.get(word)
    if read is None:
        raise TypeError(f"not a word of updates: {word!r}")
    return read(value)


def _stored(value: Any) -> Any:
    return as_data(value.value if isinstance(value, Given) else value)


def _added(value: Any) -> Any:
    return dict(value.words) if isinstance(value, Each) else as_data(value)


def _pulled(value: Any) -> Any:
    """Which elements go: a dict of code is a filter on them, whose own values are plain."""
    wanted: Filter | None = value if isinstance(value, Mapping) else None
    return condition(value) if wanted is None else compiled(wanted, top=False)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("only numbers are added")
    return scalar(value)


def _new_name(value: Any) -> str:
    return _path(value, "$rename")


READERS: Mapping[str, Callable[[Any], Any]] = {
    "$set": _stored,
    "$setOnInsert": _stored,
    "$min": _stored,
    "$max": _stored,
    "$inc": _number,
    "$mul": _number,
    "$push": _added,
    "$addToSet": _added,
    "$pull": _pulled,
    "$pullAll": as_data,
    "$unset": lambda _: "",
    "$pop": lambda end: 1 if end == 1 else -1,
    "$currentDate": lambda _: True,
    "$rename": _new_name,
}
