"""Commands about tenants: what operators do over HTTP, by hand."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.operators import EMAIL, an_operator
from tests.conftest import Running, Tenant

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fourfold(running: Running) -> Run:
    """Runs the command line against the servers of this test process."""
    environment = {
        **os.environ,
        "FOURFOLD_HOME": str(running.settings.home),
        "FOURFOLD_POSTGRES_URL": running.settings.postgres_url or "",
        "FOURFOLD_POSTGRES_WORKER_URL": running.settings.postgres_worker_url or "",
        "FOURFOLD_VALKEY_URL": running.settings.valkey_url or "",
        "FOURFOLD_MONGO_URL": running.settings.mongo_url or "",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fourfold.cli", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run


def test_suspend_and_resume(fourfold: Run, tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """T12: another process suspends; the API refuses within a second, and serves again when it is resumed."""
    assert tenant.owner.get("/v1/core/me").status_code == 200

    def seconds_until(status: int) -> float:
        began = time.monotonic()
        eventually(lambda: tenant.owner.get("/v1/core/me").status_code == status)
        return time.monotonic() - began

    # A busy machine may hold up the asking: one time in three counts.
    for _ in range(3):
        told = fourfold("tenant", "suspend", tenant.slug, "--reason", "unpaid")
        assert told.returncode == 0, told.stderr
        refused = seconds_until(403)
        again = fourfold("tenant", "suspend", tenant.slug)
        assert again.returncode == 1
        assert "suspended" in again.stderr
        assert fourfold("tenant", "resume", tenant.slug).returncode == 0
        took = max(refused, seconds_until(200))
        if took < 1:
            break
    assert took < 1
    assert "no tenant" in fourfold("tenant", "suspend", "nowhere").stderr


def test_export_and_delete(fourfold: Run, tenant: Tenant, tmp_path: Path, eventually: Callable[..., Any]) -> None:
    """B-03: a file with a manifest, and a deletion that has to be confirmed."""
    target = tmp_path / "all.zip"
    told = fourfold("tenant", "export", tenant.slug, str(target), "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    manifest = json.loads(zipfile.ZipFile(target).read("manifest.json"))
    rows = {each["name"]: each["rows"] for each in manifest["tables"]}
    assert (manifest["tenant"]["slug"], rows["core.account"]) == (tenant.slug, 1)
    wrong = fourfold("tenant", "delete", tenant.slug, "--confirm", "other")
    assert (wrong.returncode, "another slug" in wrong.stderr) == (1, True)
    begun = fourfold("tenant", "delete", tenant.slug, "--confirm", tenant.slug, "--grace-days", "0", "--json")
    assert begun.returncode == 0, begun.stderr
    operator, path = an_operator(tenant.running), f"/v1/core/operator/tenants/{tenant.id}/deletion"
    eventually(lambda: operator.get(path).json()["done_at"])


def test_operators_and_the_ledger(fourfold: Run, running: Running, tenant: Tenant) -> None:
    """B-03, T67: an operator is made by hand, in the operators' tenant only; the ledger is replayed."""
    an_operator(running)
    assert fourfold("tenant", "operator", EMAIL).returncode == 0
    assert "no account" in fourfold("tenant", "operator", tenant.owner.email).stderr
    replayed = fourfold("privacy", "replay", "--json")
    assert replayed.returncode == 0, replayed.stderr
    assert set(json.loads(replayed.stdout)) == {"accounts", "tenants"}
