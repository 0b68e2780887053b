"""What goes out on channels, rendered once however many hear it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson


@dataclass(slots=True)
class Happened:
    """A row of a channel's log; or, without a `seq`, something that is kept nowhere."""

    channel: str
    seq: int | None
    kind: str
    data: Mapping[str, Any]
    involved: frozenset[UUID] = frozenset()
    _texts: dict[int | None, str] = field(default_factory=dict)
    _rest: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Happened":
        """A row as it is kept."""
        return cls(row["channel"], row["seq"], row["kind"], row["data"], frozenset(row["involved"]))

    def text(self, prev: int | None) -> str:
        """The event as JSON, for those for whom it comes behind `prev`: most share it."""
        text = self._texts.get(prev)
        if text is None:
            if not self._rest:
                told = orjson.dumps({"type": self.kind, "data": self.data}, default=dict).decode()
                self._rest = told[1:]
            channel, seq = orjson.dumps(self.channel).decode(), "null" if self.seq is None else self.seq
            before = "null" if prev is None else prev
            text = self._texts[prev] = f'{{"channel":{channel},"seq":{seq},"prev":{before},{self._rest}'
        return text


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as somebody hears it: `prev` is the number of the one before it that they were told."""

    channel: str
    seq: int | None
    prev: int | None
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resync:
    """Too much was missed to be told: what the channel is about is to be read anew; events behind `seq` follow."""

    channel: str
    seq: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A channel is not, or no longer, for whoever listens."""

    channel: str
