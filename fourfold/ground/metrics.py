"""Metrics in Prometheus' format, added up over the processes of one machine; what the whole house counts.

Labels are words of the code: routes, kinds, reactions, rules, outcomes. Nothing in them names a tenant or a person.
"""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
# Series of their own for the times at which counters began, which processes that count together would not have.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here

# Our own and not the library's: the same families come from one process and from several that count together.
FIGURES = CollectorRegistry()
# What is to be added to a counter once a transaction is committed.
Count: TypeAlias = tuple[Counter, float]


def counter(name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    """A family `fourfold_<name>` that only grows; its name ends in `_total`."""
    return Counter(f"fourfold_{name}", meaning, labels, registry=FIGURES)


def histogram(name: str, meaning: str, labels: Sequence[str], buckets: Sequence[float]) -> Histogram:
    """A family of durations in seconds."""
    return Histogram(f"fourfold_{name}", meaning, labels, buckets=buckets, registry=FIGURES)


def each_process(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge of each process that lives; those that count together are told apart by `pid`."""
    return Gauge(f"fourfold_{name}", meaning, labels, multiprocess_mode="liveall", registry=FIGURES)


def all_processes(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge that is added up over the processes that live."""
    return Gauge(f"fourfold_{name}", meaning, labels, multiprocess_mode="livesum", registry=FIGURES)


def sampled(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """A gauge of the whole deployment, as the worker that lives and looked last has seen it."""
    return Gauge(f"fourfold_{name}", meaning, labels, multiprocess_mode="livemostrecent", registry=FIGURES)


FAST = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.01, 0.05, 0.25, 1, 5, 30, 120, 600)

requests_total = counter("requests_total", "HTTP requests", ["method", "route", "status"])
request_seconds = histogram(
    "request_seconds", "Duration of HTTP requests", ["method", "route", "status_class"], buckets=FAST
)

events_total = counter("events_total", "Events that reactions have handled, or failed to", ["reaction", "outcome"])
jobs_total = counter("jobs_total", "Attempts at durable jobs by their ends", ["kind", "outcome"])
job_seconds = histogram("job_seconds", "Duration of attempts at durable jobs", ["kind"], buckets=SLOW)

queue_jobs = sampled("queue_jobs", "Durable jobs that are queued, running, or have failed", ["kind", "status"])
queue_oldest_due_seconds = sampled(
    "queue_oldest_due_seconds", "For how long the oldest due job has waited for a worker", ["kind"]
)
outbox_waiting = sampled("outbox_waiting", "Events that are committed and not yet published")
outbox_oldest_seconds = sampled("outbox_oldest_seconds", "Age of the oldest event that is not yet published")
parked_events = sampled("parked_events", "Events that a reaction could not handle, until they are mended", ["reaction"])
stream_lag = sampled("stream_lag", "Events in the streams that a consumer has not yet taken", ["consumer"])
stream_pending = sampled("stream_pending", "Events that a consumer has taken and not yet handled", ["consumer"])
schedule_late_seconds = sampled(
    "schedule_late_seconds", "For how long a period has begun whose jobs are not yet enqueued", ["kind"]
)
sampled_timestamp_seconds = sampled(
    "sampled_timestamp_seconds", "When a worker last looked at queues, streams and schedules, in Unix time"
)

pool_connections = all_processes("pool_connections", "Connections to PostgreSQL", ["role", "state"])
pool_max_connections = all_processes("pool_max_connections", "Connections to PostgreSQL at most", ["role"])
pool_waiting = all_processes("pool_waiting", "Transactions that wait for a connection", ["role"])
pool_wait_seconds = histogram(
    "pool_wait_seconds", "Waiting for a connection, of transactions that had to", ["role"], buckets=FAST
)

valkey_up = each_process("valkey_up", "Whether Valkey answered when the process last asked", ["role"])
valkey_failures_total = counter("valkey_failures_total", "Looks at Valkey that had no answer", ["role"])
valkey_connects_total = counter("valkey_connects_total", "Connections opened to Valkey, first ones and anew")
limits_alone = each_process("limits_alone", "Whether the process counts limits alone, without Valkey", ["role"])
limit_decisions_total = counter("limit_decisions_total", "What limits have allowed and refused", ["rule", "outcome"])
cache_lookups_total = counter("cache_lookups_total", "Looks into the cache", ["outcome"])

process_resident_memory_bytes = each_process("process_resident_memory_bytes", "Resident memory", ["role"])
process_start_time_seconds = each_process("process_start_time_seconds", "Start of the process, in Unix time", ["role"])
process_cpu_seconds_total = counter("process_cpu_seconds_total", "Processor time, of user and system", ["role"])
process_loop_lag_seconds = each_process(
    "process_loop_lag_seconds", "By how much the event loop was late when it last looked", ["role"]
)
build_info = Gauge(
    "fourfold_build_info", "1, with the version", ["version", "python"], multiprocess_mode="livemax", registry=FIGURES
)

STARTED = time.time()


def add_up(counts: Iterable[Count]) -> None:
    """Adds what a committed transaction has counted."""
    for family, amount in counts:
        family.inc(amount)


def metrics_text() -> tuple[bytes, str]:
    """What `/metrics` answers: the text and its content type. Takes some milliseconds, so better in a thread."""
    folder = os.environ.get(TOGETHER)
    if folder is None:
        return generate_latest(FIGURES), CONTENT_TYPE_LATEST
    forget_dead_processes(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_dead_processes(folder: Path) -> None:
    """Removes the gauges of processes that are gone, however they went; what they have counted stays."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        if not _lives(pid):
            # Another process may be about the same.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # the library has no types here


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
