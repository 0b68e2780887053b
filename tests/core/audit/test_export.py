"""The exported log proves itself, on the command line too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fourfold.core.audit.offline import NoExport, verify_lines
from tests.conftest import Tenant
from tests.core.audit.test_chain import AUDIT, sealed

Eventually = Callable[..., Any]


def exported(tenant: Tenant) -> list[bytes]:
    """The lines of the export."""
    answer = tenant.owner.get(f"{AUDIT}/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return answer.content.splitlines(keepends=True)


def test_an_export_proves_itself(tenant: Tenant, eventually: Eventually) -> None:
    """P-18: the exported log is checked without us; each change of the file is found, and named."""
    sealed(tenant, eventually)
    lines = exported(tenant)
    count = len(lines) - 2
    told = verify_lines(lines)
    assert (told.ok, told.links) == (True, count)
    assert verify_lines(lines, told.public_key).ok
    assert not verify_lines(lines, "00" * 32).ok
    changed = lines[3].replace(b'"done"', b'"none"')
    for tampered, seq, reason in (
        ([*lines[:3], changed, *lines[4:]], 3, "changed"),
        ([*lines[:3], *lines[4:]], 3, "removed"),
        ([*lines[:-2], lines[-1]], count, "removed"),
        (lines[:-1], count + 1, "removed"),
        ([*lines[:-1], lines[-1].replace(b'"seq":', b'"seq":1')], count, "anchor_mismatch"),
    ):
        found = verify_lines(tampered)
        assert (found.ok, found.first_bad_seq, found.reason) == (False, seq, reason)
    with pytest.raises(NoExport):
        verify_lines([b"Handle,Title\n"])


def test_an_export_is_an_entry(tenant: Tenant, eventually: Eventually) -> None:
    """T64: who takes the log away is in it."""
    sealed(tenant, eventually, 1)
    exported(tenant)
    (entry,) = tenant.owner.get(AUDIT, params={"action": "core.audit.exported"}).json()["items"]
    assert entry["actor"]["id"] == tenant.owner.account_id


def test_an_export_holds_each_line_once(tenant: Tenant, eventually: Eventually, tmp_path: Path) -> None:
    """P-18: the export holds the sealed log from its first link to its head, with the addresses."""
    sealed(tenant, eventually)
    path = tmp_path / "audit.ndjson"
    path.write_bytes(b"".join(exported(tenant)))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["seq"] for line in lines[1:-1]] == list(range(1, lines[0]["links"] + 1))
    assert {line.get("address") for line in lines[1:-1]} <= {"127.0.0.1", None}
    assert lines[-1]["anchor"]["hash"] == lines[-2]["hash"]
