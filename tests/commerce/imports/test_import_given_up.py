"""An import that goes wrong for another reason than its file ends as failed, and can be carried on."""

from collections.abc import Callable
from typing import Any

from tests.builders.commerce import made
from tests.builders.imports import IMPORTS, counts, ended, send
from tests.commerce.formats.written_files import csv_text, simple_row
from tests.conftest import Tenant

JOB = "commerce.imports.run"
LAST = "UPDATE ground.job SET attempts = 7, run_at = created_at WHERE tenant_id = $1 AND attempts < 8"
NOW = "UPDATE ground.pgqueuer SET execute_after = now() WHERE entrypoint = $1 AND status = 'queued'"


def test_a_failed_job_ends_its_import(
    tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]], eventually: Callable[..., Any]
) -> None:
    """C-10, P-27: after the last attempt the import is failed with a problem; retrying the job carries it out."""
    no_start = f"status <> 'running' OR tenant_id <> '{tenant.id}'"
    admin_sql(f"ALTER TABLE commerce.import_run ADD CONSTRAINT no_start CHECK ({no_start}) NOT VALID")
    try:
        started = made(send(tenant.owner, csv_text([simple_row("lamp")])), 202)
        eventually(lambda: _job(tenant)["attempts"] > 0, 60)
        assert made(tenant.owner.get(f"{IMPORTS}/{started['id']}"), 200)["status"] == "queued"
        # Again and again: an attempt that is being made just now writes down its own count.
        eventually(lambda: (admin_sql(LAST, tenant.id), admin_sql(NOW, JOB), _job(tenant)["attempts"] > 7)[-1], 60)
        found = ended(tenant.owner, started)
    finally:
        admin_sql("ALTER TABLE commerce.import_run DROP CONSTRAINT no_start")
    assert (found["status"], counts(found)) == ("failed", (0, 0, 0, 0, 0))
    assert (found["problem"]["code"], found["problem"]["status"]) == ("commerce.import_gave_up", 500)
    job = _job(tenant)
    assert (job["status"], job["attempts"]) == ("failed", 8)
    made(tenant.owner.post(f"/v1/core/jobs/{job['id']}/retry"), 200)
    eventually(lambda: made(tenant.owner.get(f"{IMPORTS}/{started['id']}"), 200)["status"] == "done", 60)
    again = made(tenant.owner.get(f"{IMPORTS}/{started['id']}"), 200)
    assert (again["problem"], counts(again)) == (None, (1, 1, 0, 0, 0))


def test_a_cancelled_job_ends_its_import(
    tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]], eventually: Callable[..., Any]
) -> None:
    """C-10, P-23: an import whose waiting job is cancelled is not left waiting; retrying the job carries it out."""
    no_start = f"status <> 'running' OR tenant_id <> '{tenant.id}'"
    admin_sql(f"ALTER TABLE commerce.import_run ADD CONSTRAINT no_start CHECK ({no_start}) NOT VALID")
    try:
        started = made(send(tenant.owner, csv_text([simple_row("lamp")])), 202)
        path = f"{IMPORTS}/{started['id']}"
        eventually(lambda: _job(tenant)["attempts"] > 0, 60)
        eventually(lambda: tenant.owner.post(f"/v1/core/jobs/{_job(tenant)['id']}/cancel").status_code == 200)
        found = ended(tenant.owner, started)
    finally:
        admin_sql("ALTER TABLE commerce.import_run DROP CONSTRAINT no_start")
    assert (found["status"], found["problem"]["code"]) == ("failed", "commerce.import_cancelled")
    assert _job(tenant)["status"] == "cancelled"
    made(tenant.owner.post(f"/v1/core/jobs/{_job(tenant)['id']}/retry"), 200)
    eventually(lambda: made(tenant.owner.get(path), 200)["status"] == "done", 60)


def _job(tenant: Tenant) -> dict[str, Any]:
    (job,) = made(tenant.owner.get("/v1/core/jobs", params={"name": JOB}), 200)["items"]
    found: dict[str, Any] = job
    return found
