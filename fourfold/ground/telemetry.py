"""Telemetry: spans as OpenTelemetry has them, sent in the background to a collector (OTLP over HTTP)."""

import logging
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_span_id, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from fourfold.ground.logs import log
from fourfold.ground.traces import Attributes, Kind

# About 8 MB of spans at the most; when they come faster than they leave, the oldest are dropped.
WAITING_AT_MOST, SENT_AT_ONCE, SENT_EVERY_MS = 8192, 512, 1000
SEND_WITHIN, CLOSE_WITHIN = 5.0, 2.0
WARN_EVERY = 60.0

_KINDS = {"server": SpanKind.SERVER, "consumer": SpanKind.CONSUMER, "client": SpanKind.CLIENT}
_NOWHERE = Context()
_read = TraceContextTextMapPropagator().extract
_log = log("fourfold.traces")


class Telemetry:
    """One process's exporter; its thread is begun here, so it must be made after the last fork."""

    def __init__(self, url: str, ratio: float, process: str) -> None:
        """`ratio` of the traces that begin here are exported; those that callers began are, if the callers say so."""
        # What it has to say it says for each batch; `_Patient` says it now and then.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=SEND_WITHIN)
        processor = BatchSpanProcessor(_Patient(exporter, url), WAITING_AT_MOST, SENT_EVERY_MS, SENT_AT_ONCE)
        resource = Resource.create({"service.namespace": "fourfold", "service.name": process.replace(" ", "-")})
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource, shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("fourfold")

    def begin(self, name: str, kind: Kind, parent: str, attributes: Attributes) -> "OpenSpan":
        """Opens a span that continues the `parent`, or a new trace."""
        context = _read({"traceparent": parent}, _NOWHERE) if parent else _NOWHERE
        return OpenSpan(self._tracer, self._tracer.start_span(name, context, _KINDS[kind], attributes))

    def close(self) -> None:
        """Sends what is left; a collector that does not answer is not waited for longer than two seconds."""
        closing = threading.Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN)


class OpenSpan:
    """A span until its block ends."""

    __slots__ = ("_context", "_span", "_tracer")

    def __init__(self, tracer: Tracer, span: Span) -> None:
        self._tracer, self._span = tracer, span
        self._context: Context | None = None

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        if kind is not None:
            # Not what the exception says: that may be a person's address, or a value of a statement.
            self.fail(str(getattr(problem, "sqlstate", None) or kind.__name__))
        self._span.end()

    @property
    def trace_id(self) -> str:
        """The trace that it belongs to."""
        return format_trace_id(self._span.get_span_context().trace_id)

    @property
    def span_id(self) -> str:
        """Its own id."""
        return format_span_id(self._span.get_span_context().span_id)

    @property
    def traceparent(self) -> str:
        """How others name it as the parent of theirs."""
        return f"00-{self.trace_id}-{self.span_id}-{self._span.get_span_context().trace_flags:02x}"

    @property
    def is_kept(self) -> bool:
        """Whether it is open and will be exported."""
        return self._span.is_recording()

    def inner(self, name: str, attributes: Attributes) -> "OpenSpan":
        """A call of a server in the middle of it."""
        if self._context is None:
            self._context = set_span_in_context(self._span, _NOWHERE)
        return OpenSpan(self._tracer, self._tracer.start_span(name, self._context, SpanKind.CLIENT, attributes))

    def rename(self, name: str, attributes: Attributes) -> None:
        """Says what has become known since it began."""
        self._span.update_name(name)
        self._span.set_attributes(attributes)

    def fail(self, kind: str) -> None:
        """Marks it as failed."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(StatusCode.ERROR)


class _Patient(SpanExporter):
    """Bears it when the collector is away: the spans of that time are lost, and one warning a minute tells how many."""

    def __init__(self, exporter: SpanExporter, url: str) -> None:
        self._exporter = exporter
        self._url = url
        self._lost = 0
        self._warned_at = -WARN_EVERY

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends a batch."""
        result = self._exporter.export(spans)
        self._lost += len(spans) if result is SpanExportResult.FAILURE else 0
        if self._lost and self._warned_at + WARN_EVERY < time.monotonic():
            _log.warning("traces do not reach their collector", url=self._url, spans=self._lost)
            self._lost, self._warned_at = 0, time.monotonic()
        return result

    def shutdown(self) -> None:
        """Ends what is being sent."""
        self._exporter.shutdown()
