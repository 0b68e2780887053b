"""A watch over the document driver: each command that touches tenants' documents has to name one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

# The ground empties its own outbox for all tenants, and keeps the shapes of collections, which are nobody's.
ACROSS = frozenset({"ground.outbox", "ground.shapes"})
FILTERED = {"find": "filter", "count": "query", "distinct": "query", "findAndModify": "query"}
MANY = {"insert": "documents", "update": "updates", "delete": "deletes"}


class TenantWatch(CommandListener):
    """Notes commands without a tenant; the driver swallows what a listener raises."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def taken(self) -> list[str]:
        """What was found since it was last asked."""
        found, self._found = self._found, []
        return found

    def started(self, event: CommandStartedEvent) -> None:
        """Looks at a command before it goes out."""
        command = event.command
        name = command.get(event.command_name)
        if isinstance(name, str) and name not in ACROSS and not names_tenant(event.command_name, command):
            self._found.append(f"{event.command_name} in {name} names no tenant: {dict(command)}"[:500])

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to see."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to see."""


def names_tenant(kind: str, command: Mapping[str, Any]) -> bool:
    """Whether a command on documents is held to one tenant; others, such as making an index, always are."""
    if kind in FILTERED:
        return _has_tenant(command.get(FILTERED[kind]))
    if kind == "aggregate":
        stages = command["pipeline"]
        return bool(stages) and _has_tenant(stages[0].get("$match"))
    if kind in MANY:
        told = [each if kind == "insert" else each["q"] for each in command.get(MANY[kind], [])]
        return all(map(_has_tenant, told))
    return kind != "bulkWrite"


def _has_tenant(told: Mapping[str, Any] | None) -> bool:
    return told is not None and isinstance(told.get("t"), UUID)
