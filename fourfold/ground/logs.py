"""Logs: one JSON object a line on standard output, with the ids of the request that they belong to."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from fourfold.ground.traces import SPAN
from fourfold.ground.who import AT_WORK


def set_up_logs(level: str = "info", **always: Any) -> None:
    """Sends structlog and the standard library's logs to standard output as JSON; `always` is added to each line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _logger, _name, line: {**always, **line},
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "uvicorn.access", "pgqueuer"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _with_ids(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Looked at when a line is written, since most requests write none.
    who, span = AT_WORK.get(), SPAN.get()
    if who is not None:
        line.update({name: value for name, value in who.ids.items() if name not in line})
    if span is not None:
        line.update(trace_id=span.trace_id, span_id=span.span_id)
    return line


def log(name: str) -> Any:
    """A logger with a name."""
    return structlog.get_logger(name)
