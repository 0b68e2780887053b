"""What the clock asks for: a tenant with nothing to be done is not worked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
