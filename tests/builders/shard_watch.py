"""A watch over which shards commands go to: those that name the whole shard key go to the one that holds it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from fourfold.ground.service import collections_of
from fourfold.ground.who import AT_WORK
from fourfold.services import ALL

KEYS = {each.name: each.shard_key for each in collections_of(ALL)}
FILTERS = {"find": "filter", "count": "query", "distinct": "query", "findAndModify": "query"}
MANY = {"update": "updates", "delete": "deletes"}


class ShardWatch(CommandListener):
    """Notes what people's requests ask of all shards, as the collection and the fields that are named."""

    def __init__(self) -> None:
        self._tenant: UUID | None = None
        self._found: dict[tuple[str, str], str] = {}
        self.seen: set[str] = set()

    @contextmanager
    def over(self, tenant_id: str) -> Iterator[dict[tuple[str, str], str]]:
        """What is found meanwhile in requests to a tenant; what the worker does is nobody's waiting."""
        self._found, self.seen, self._tenant = {}, set(), UUID(tenant_id)
        try:
            yield self._found
        finally:
            self._tenant = None

    def started(self, event: CommandStartedEvent) -> None:
        """Looks at a command before it goes out."""
        who, name = AT_WORK.get(), event.command.get(event.command_name)
        if who is None or who.kind != "account" or who.tenant_id != self._tenant or name not in KEYS:
            return
        self.seen.add(str(name))
        for asked in asked_by(event.command_name, event.command):
            if not names(asked, KEYS[str(name)]):
                fields = " ".join(sorted(fields_of(asked) - {"t"}))
                self._found[str(name), fields] = f"{event.command_name} {asked}"

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to see."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to see."""


def asked_by(kind: str, command: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The filters of a command; those of what goes to where it belongs anyway are none."""
    if kind in FILTERS:
        return [command[FILTERS[kind]]]
    if kind == "aggregate":
        return [command["pipeline"][0]["$match"]]
    return [each["q"] for each in command.get(MANY.get(kind, ""), [])]


def fields_of(asked: Mapping[str, Any]) -> set[str]:
    """The fields that a filter names, also in its branches."""
    found = {name for name in asked if not name.startswith("$")}
    for word in ("$and", "$or"):
        for branch in asked.get(word, []):
            found |= fields_of(branch)
    return found


def names(asked: Mapping[str, Any], key: Iterator[str] | Any) -> bool:
    """Whether a filter says which values each field of a key has."""
    return all(_names(asked, field) for field in key)


def _names(asked: Mapping[str, Any], field: str) -> bool:
    if field in asked:
        value = asked[field]
        return not isinstance(value, Mapping) or bool({"$eq", "$in"} & set(value))
    branches = asked.get("$or", [])
    if branches and all(_names(each, field) for each in branches):
        return True
    return any(_names(each, field) for each in asked.get("$and", []))
