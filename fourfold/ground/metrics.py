"""Metrics in Prometheus' format, added up over the processes of one machine."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

requests_total = Counter("fourfold_requests_total", "HTTP requests", ["method", "route", "status"])
request_seconds = Histogram(
    "fourfold_request_seconds",
    "Duration of HTTP requests",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
events_total = Counter("fourfold_events_total", "Events handled by reactions", ["reaction", "outcome"])
jobs_total = Counter("fourfold_jobs_total", "Durable jobs", ["name", "outcome"])
outbox_waiting = Gauge("fourfold_outbox_waiting", "Events not yet published", multiprocess_mode="mostrecent")


def metrics_text() -> tuple[bytes, str]:
    """What `/metrics` answers: the text and its content type."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
        return generate_latest(registry), CONTENT_TYPE_LATEST
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
