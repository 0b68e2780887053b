"""Traces: what was done for a request, a reaction or a job, as spans that the clients of the servers add theirs to.

Nothing here knows how spans leave: without `FOURFOLD_OTLP_URL` none is ever open, and nothing that could is imported.
"""

import importlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Literal, Protocol, cast

Attributes = Mapping[str, str | int]
Kind = Literal["server", "consumer", "client"]


class Span(AbstractContextManager["Span"], Protocol):
    """Something that takes time; it ends with its block, and tells the kind of what was raised there, not its text."""

    @property
    def trace_id(self) -> str:
        """The trace that it belongs to: 32 digits."""

    @property
    def span_id(self) -> str:
        """Its own id: 16 digits."""

    @property
    def traceparent(self) -> str:
        """How others name it as the parent of theirs: W3C's header."""

    @property
    def is_kept(self) -> bool:
        """Whether it is open and will be exported."""

    def inner(self, name: str, attributes: Attributes) -> "Span":
        """A call of a server in the middle of it."""

    def rename(self, name: str, attributes: Attributes) -> None:
        """Says what has become known since it began."""

    def fail(self, kind: str) -> None:
        """Marks it as failed."""


class Traces(Protocol):
    """One process's way to have spans exported."""

    def begin(self, name: str, kind: Kind, parent: str, attributes: Attributes) -> Span:
        """Opens a span that continues the `parent` (a `traceparent`; empty or senseless: a new trace)."""

    def close(self) -> None:
        """Sends what is left, within two seconds; blocks for so long."""


# What the current task is at work on.
SPAN: ContextVar[Span | None] = ContextVar("span", default=None)
_NOTHING: AbstractContextManager[None] = nullcontext()


def open_traces(url: str | None, ratio: float, process: str) -> Traces | None:
    """Traces that are exported to a collector; None without a `url`."""
    if url is None:
        return None
    # OpenTelemetry and its client take a third of a second and 20 MB: only processes that use them pay for them.
    exporting = importlib.import_module("fourfold.ground.telemetry")
    return cast("Traces", exporting.Telemetry(url, ratio, process))


def traceparent() -> str:
    """W3C's header for what the current task is at work on; empty when it is not traced."""
    span = SPAN.get()
    return "" if span is None else span.traceparent


def call_of_server(name: str, attributes: Attributes) -> AbstractContextManager[Any]:
    """A span for a call of a server, when what the current task is at work on is exported; else nothing."""
    span = SPAN.get()
    return _NOTHING if span is None or not span.is_kept else span.inner(name, attributes)


class traced:  # noqa: N801 - used like a function
    """What is done in this block is one span, when there are traces; it gives the span or None."""

    __slots__ = ("_attributes", "_name", "_parent", "_span", "_token", "_traces")

    def __init__(self, traces: Traces | None, name: str, parent: str, attributes: Attributes) -> None:
        """`parent` is the `traceparent` that came along with the event or the job."""
        self._traces, self._name, self._parent, self._attributes = traces, name, parent, attributes
        self._span: Span | None = None
        self._token: Token[Span | None] | None = None

    def __enter__(self) -> Span | None:
        """Opens it."""
        if self._traces is not None:
            self._span = self._traces.begin(self._name, "consumer", self._parent, self._attributes)
            self._token = SPAN.set(self._span)
        return self._span

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        if self._span is not None and self._token is not None:
            SPAN.reset(self._token)
            self._span.__exit__(kind, problem, trace)
