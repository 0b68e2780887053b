"""Background work in the hands of administrators: jobs and events seen, retried, cancelled and replayed."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from fourfold.serve.worker import attempt
from fourfold.serve.worker.turns import Session, Turn, take
from tests.conftest import Tenant
from tests.serve.workshop import Workshop, open_workshop, walk
from tests.serve.workshop import eventually as until

Sql = Callable[..., list[dict[str, Any]]]


def a_job(tenant: Tenant, admin_sql: Sql, status: str, name: str = "tests.nothing") -> str:
    """A job in a state; nobody knows how to do it, and it waits for tomorrow."""
    job, now = new_id(), datetime.now(UTC)
    admin_sql(
        "INSERT INTO ground.job (tenant_id, id, name, args, status, run_at, created_at)"
        " VALUES ($1, $2, $3, '{}', $4, $5, $6)",
        tenant.id, job, name, status, now + timedelta(days=1), now,
    )  # fmt: skip
    return str(job)


@pytest.mark.parametrize("status", ["queued", "running", "done", "failed", "cancelled"])
def test_jobs_are_cancelled_while_they_wait(tenant: Tenant, admin_sql: Sql, status: str) -> None:
    """P-23: a waiting job is cancelled, any other is 409 and stays as it is."""
    job = a_job(tenant, admin_sql, status)
    answer = tenant.owner.post(f"/v1/core/jobs/{job}/cancel")
    expected = (200, "cancelled") if status == "queued" else (409, status)
    assert (answer.status_code, tenant.owner.get(f"/v1/core/jobs/{job}").json()["status"]) == expected


@pytest.mark.parametrize("status", ["queued", "running", "done"])
def test_only_what_has_ended_badly_is_retried(tenant: Tenant, admin_sql: Sql, status: str) -> None:
    """P-23: a job that waits, runs or is done is not run again."""
    answer = tenant.owner.post(f"/v1/core/jobs/{a_job(tenant, admin_sql, status)}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "core.job_in_other_state")


def test_a_failed_job_waits_again(tenant: Tenant, admin_sql: Sql) -> None:
    """P-23: a failed job is queued afresh, its attempts forgotten."""
    answer = tenant.owner.post(f"/v1/core/jobs/{a_job(tenant, admin_sql, 'failed')}/retry")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["attempts"], answer.json()["error"]) == ("queued", 0, None)


def test_jobs_are_found(tenant: Tenant, admin_sql: Sql) -> None:
    """P-22: jobs are listed newest first, by state and by name; an unknown state is 422."""
    jobs = [a_job(tenant, admin_sql, status, name) for status in ("queued", "done") for name in ("tests.a", "tests.b")]
    listed = tenant.owner.get("/v1/core/jobs", params={"name": "tests.a"}).json()["items"]
    assert [each["id"] for each in listed] == [jobs[2], jobs[0]]
    both = {"name": "tests.b", "status": "done"}
    assert [each["id"] for each in tenant.owner.get("/v1/core/jobs", params=both).json()["items"]] == [jobs[3]]
    assert tenant.owner.get("/v1/core/jobs", params={"status": "asleep"}).status_code == 422


def test_events_are_read_in_order(tenant: Tenant) -> None:
    """P-22: events come in the order in which they were written, by type and from a moment on."""
    members = [tenant.sign_up() for _ in range(3)]
    path, kind = "/v1/core/events", "core.account.registered"
    events = tenant.owner.get(path, params={"type": kind}).json()["items"]
    assert [each["subject"] for each in events[1:]] == [f"account/{each.account_id}" for each in members] or [
        each["data"]["account_id"] for each in events[1:]
    ] == [each.account_id for each in members]
    first = tenant.owner.get(path, params={"type": kind, "limit": 2}).json()
    rest = tenant.owner.get(path, params={"type": kind, "limit": 2, "cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == events
    assert rest["next"] is None
    late = {"type": kind, "since": events[2]["time"]}
    assert tenant.owner.get(path, params=late).json()["items"] == events[2:]
    assert tenant.owner.get(path, params={"since": "5"}).status_code == 422


def test_what_was_parked_is_delivered_again_once(tenant: Tenant, admin_sql: Sql) -> None:
    """P-23: a parked event is shown with its reason, let go, and then is not parked any more."""
    event = tenant.owner.get("/v1/core/events", params={"limit": 1}).json()["items"][0]["id"]
    admin_sql(
        "INSERT INTO ground.parked (tenant_id, reaction, event_id, attempts, error, parked_at)"
        " VALUES ($1, 'tests.nothing', $2, 8, 'never worked', now())",
        tenant.id, event,
    )  # fmt: skip
    (parked,) = tenant.owner.get("/v1/core/parked-events").json()["items"]
    assert (parked["event_id"], parked["error"], parked["attempts"]) == (event, "never worked", 8)
    path = f"/v1/core/parked-events/{event}/tests.nothing/retry"
    assert [tenant.owner.post(path).status_code for _ in range(2)] == [204, 404]
    assert tenant.owner.get("/v1/core/parked-events").json()["items"] == []


def test_the_past_is_replayed(tenant: Tenant) -> None:
    """P-23: a replay says how many events there are since a moment; the future holds none."""
    body = {"since": "2020-01-01T00:00:00Z", "reactions": ["tests.nothing"]}
    answer = tenant.owner.post("/v1/core/events/replay", json=body)
    assert (answer.status_code, answer.json()) == (202, {"events": 2})
    body["since"] = "2999-01-01T00:00:00Z"
    assert tenant.owner.post("/v1/core/events/replay", json=body).json() == {"events": 0}


def test_a_key_makes_one_replay_of_many(tenant: Tenant) -> None:
    """P-23: the same Idempotency-Key gives the first answer again; another body under it is refused."""
    body = {"since": "2020-01-01T00:00:00Z", "reactions": ["tests.nothing"]}
    key = {"Idempotency-Key": "once"}
    first, again = (tenant.owner.post("/v1/core/events/replay", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    other = tenant.owner.post("/v1/core/events/replay", json={**body, "reactions": ["x"]}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    """A database of the test's own, with a worker that it starts itself."""
    async with open_workshop(tmp_path) as place:
        yield place


async def test_a_job_that_is_cancelled_as_it_begins_is_not_done(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-23: between its claim and its first step too, whoever is told that a job is cancelled is told the truth."""
    job = await workshop.enqueue(walk)

    async def cancel_first(turns: Session, turn: Turn, key: str) -> bool:
        if key == str(job):
            await workshop.rows("UPDATE ground.job SET status = 'cancelled' WHERE id = $1 AND status = 'queued'", job)
        return await take(turns, turn, key)

    monkeypatch.setattr(attempt, "take", cancel_first)

    async def is_out() -> bool:
        return not await workshop.rows("SELECT FROM ground.pgqueuer")

    async with workshop.worker():
        await until(is_out)
    assert (await workshop.job(job))["status"] == "cancelled"
    assert await workshop.values("begun") == []
