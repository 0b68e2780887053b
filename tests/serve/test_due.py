"""What the clock asks for: a tenant with nothing to be done is not worked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.service import Schedule
from fourfold.services import ALL
from tests.conftest import Running, Tenant

SCHEDULES = [each for service in ALL for each in service.schedules if each.due]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda each: each.job.name)
def test_nothing_is_due_in_a_new_tenant(
    running: Running, tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]], schedule: Schedule
) -> None:
    """P-27: no function that tells who is due names a tenant in which nothing has happened since the last period."""
    now = running.clock.now()
    rows = admin_sql(f"SELECT {schedule.due}($1, $2) AS tenant", now, now + timedelta(hours=2))
    assert tenant.id not in {str(row["tenant"]) for row in rows}


KEPT = {
    "posts": ("social.keep_posts_days", 0),
    "messages": ("social.keep_messages_days", 0),
    "notifications": ("social.keep_notifications_days", 90),
}


@pytest.mark.parametrize("what", KEPT)
def test_who_keeps_for_a_while_is_due(
    tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]], what: str
) -> None:
    """S-83, P-27: whoever has chosen to keep something for a while, or whose plan has, is worked for; nobody else."""
    setting, nothing = KEPT[what]
    plan = f"plan-{tenant.slug}"

    def due() -> list[bool]:
        rows = admin_sql(f"SELECT core.tenants_that_keep_{what}_so_long(now(), NULL) AS tenant")
        return [each.id in {str(row["tenant"]) for row in rows} for each in (tenant, other_tenant)]

    def choose(value: object) -> None:
        answer = tenant.owner.patch("/v1/core/settings", json={"values": {setting: value}})
        assert answer.status_code == 200, answer.text

    assert due() == [False, False]
    choose(30)
    assert due() == [True, False]
    choose(nothing)
    assert due() == [False, False]
    admin_sql("UPDATE core.tenant SET plan = $2 WHERE id = $1", UUID(other_tenant.id), plan)
    admin_sql("INSERT INTO core.shared_setting (scope, name, value) VALUES ($1, $2, '30')", f"plan:{plan}", setting)
    assert due() == [False, True]
