"""Configuration: typed settings of the platform, a plan or a tenant, known in every process within a second."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar, cast
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from fourfold.ground.changes import Changes
from fourfold.ground.db import Connection
from fourfold.ground.refusals import FieldError

Value = TypeVar("Value")
Level = Literal["platform", "plan", "tenant"]
LEVELS: tuple[Level, ...] = ("platform", "plan", "tenant")
# A change is told before its commit: what was read that close to it may be from before, and is read again.
CLOSE = 2.0
# Whatever happens, nothing is believed for longer; in seconds.
LONGEST = 30.0
MOST_TENANTS = 10_000
PLATFORM = "settings:platform"

# What is set at the levels for a tenant, the weakest first, as JSON values by the settings' names.
Load = Callable[[UUID, Connection | None], Awaitable[Sequence[tuple[Level, Mapping[str, Any]]]]]


@dataclass(frozen=True, eq=False)
class Setting(Generic[Value]):
    """One setting: `name` is `<system>.<words>`, `kind` a type for Pydantic with its bounds, `default` a value.

    `levels` says who may set it: Fourfold's operators for the platform or a plan, a tenant for itself.
    """

    name: str
    kind: Any
    default: Value
    title: str
    levels: frozenset[Level] = frozenset(LEVELS)

    @cached_property
    def adapter(self) -> TypeAdapter[Value]:
        """What checks its values."""
        return TypeAdapter(self.kind)

    def checked(self, value: Any) -> Any:
        """The value in the form in which it is kept, a JSON value; raises pydantic's `ValidationError`."""
        return self.adapter.dump_python(self.adapter.validate_python(value), mode="json")

    def problems_of(self, value: Any) -> list[FieldError]:
        """What is wrong with a value, under the setting's name; nothing when it fits."""
        try:
            self.adapter.validate_python(value)
        except ValidationError as problem:
            return [
                FieldError(".".join(map(str, (self.name, *each["loc"]))), each["msg"].removeprefix("Value error, "))
                for each in problem.errors()
            ]
        return []


def subject_of(tenant_id: UUID) -> str:
    """The subject of `Changes` for a tenant's settings."""
    return f"settings:{tenant_id}"


@dataclass(slots=True)
class _Known:
    seen: tuple[float, float]
    until: float
    levels: Sequence[tuple[Level, Mapping[str, Any]]]
    values: dict[str, Any] = field(default_factory=dict)


class Configuration:
    """What is set for each tenant. Without a way to load there are only defaults."""

    def __init__(
        self,
        changes: Changes | None = None,
        settings: Sequence[Setting[Any]] = (),
        load: Load | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`settings` are all that the services declare; `now` tells the seconds since 1970 as `changes` does."""
        self.settings = {each.name: each for each in settings}
        self._changes = changes
        self._load = load
        self._now = now
        self._tenants: dict[UUID, _Known] = {}

    async def value(self, tenant_id: UUID, setting: Setting[Value], db: Connection | None = None) -> Value:
        """The setting's value for a tenant; asks the database only when something has changed.

        Whoever has a transaction of the tenant open hands it over as `db`: it needs no second connection then.
        """
        known = await self._known(tenant_id, db)
        try:
            return cast("Value", known.values[setting.name])
        except KeyError:
            found = known.values[setting.name] = _resolved(setting, known.levels)[0]
            return found

    async def source(
        self, tenant_id: UUID, setting: Setting[Any], db: Connection | None = None
    ) -> Level | Literal["default"]:
        """Which level the value comes from."""
        return _resolved(setting, (await self._known(tenant_id, db)).levels)[1]

    async def _known(self, tenant_id: UUID, db: Connection | None) -> _Known:
        known = self._tenants.get(tenant_id)
        seen = self._seen(tenant_id)
        if known is not None and known.seen == seen and known.until > time.monotonic():
            return known
        levels = await self._load(tenant_id, db) if self._load is not None else ()
        close = self._now() - max(seen) < CLOSE
        known = _Known(seen, time.monotonic() + (0 if close else LONGEST), levels)
        if len(self._tenants) >= MOST_TENANTS:
            self._tenants.clear()
        self._tenants[tenant_id] = known
        return known

    def _seen(self, tenant_id: UUID) -> tuple[float, float]:
        if self._changes is None:
            return 0.0, 0.0
        return self._changes.last(subject_of(tenant_id)), self._changes.last(PLATFORM)


def _resolved(
    setting: Setting[Value], levels: Sequence[tuple[Level, Mapping[str, Any]]]
) -> tuple[Value, Level | Literal["default"]]:
    for level, values in reversed(levels):
        if setting.name in values:
            try:
                return setting.adapter.validate_python(values[setting.name]), level
            except ValidationError:
                # It was set when the setting had another shape; the next level holds until it is set anew.
                continue
    return setting.default, "default"
