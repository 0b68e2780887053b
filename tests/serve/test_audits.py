"""The audit log on the command line: verified, anchored, checked from a file, and by the doctor."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Running, Tenant
from tests.core.audit.test_chain import AUDIT, sealed

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def audit(running: Running) -> Run:
    """Runs `fourfold audit` against the servers of this test process."""
    environment = {
        **os.environ,
        "FOURFOLD_HOME": str(running.settings.home),
        "FOURFOLD_SECRET": running.settings.secret.get_secret_value(),
        "FOURFOLD_POSTGRES_URL": running.settings.postgres_url or "",
        "FOURFOLD_VALKEY_URL": running.settings.valkey_url or "",
        "FOURFOLD_MONGO_URL": running.settings.mongo_url or "",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fourfold.cli", "audit", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    return run


def test_a_log_is_verified_and_anchored_by_hand(
    tenant: Tenant, audit: Run, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """P-18: `fourfold audit` says that a log is whole, anchors it, and names the entry that is not as it was."""
    sealed(tenant, eventually)
    told = audit("verify", "--tenant", tenant.slug)
    assert (told.returncode, told.stdout[:3]) == (0, "ok:"), told.stderr
    anchor = json.loads(audit("anchor", "--tenant", tenant.slug).stdout)
    assert tenant.owner.get(f"{AUDIT}/verify").json()["anchors_checked"] == 1
    admin_sql("UPDATE core.audit_seal SET hash = sha256('x') WHERE tenant_id = $1 AND seq = $2", tenant.id, 4)
    told = audit("verify", "--tenant", tenant.slug, "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["first_bad_seq"] == 4
    assert anchor["seq"] >= 8
    unknown = audit("verify", "--tenant", "nowhere")
    assert unknown.returncode == 1
    assert "no tenant nowhere" in unknown.stderr


def test_a_file_is_verified_without_servers(
    tenant: Tenant, audit: Run, eventually: Callable[..., Any], tmp_path: Path
) -> None:
    """P-18: `fourfold audit verify-file` needs nothing but the file, and names what was changed in it."""
    sealed(tenant, eventually)
    path = tmp_path / "audit.ndjson"
    path.write_bytes(tenant.owner.get(f"{AUDIT}/export").content)
    assert audit("verify-file", str(path)).returncode == 0
    path.write_bytes(path.read_bytes().replace(b'"outcome":"done"', b'"outcome":"none"', 1))
    told = audit("verify-file", str(path), "--json")
    assert (told.returncode, json.loads(told.stdout)["first_bad_seq"]) == (1, 1)
    path.write_text("Handle,Title\n")
    assert audit("verify-file", str(path)).returncode == 2
