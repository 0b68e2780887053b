"""Sessions that ended long ago are forgotten, and open ones are not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fourfold.ground.clock import ShiftedClock
from tests.conftest import Tenant, wait


def test_sessions_that_ended_long_ago_are_forgotten(
    tenant: Tenant, clock: ShiftedClock, admin_sql: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    """P-13: what ended or expired over thirty days ago is deleted once a day; what is open or ended since stays."""
    member = tenant.sign_up()
    for _ in range(3):
        tenant.sign_in(member.email)
    mine = "FROM core.session WHERE tenant_id = $1 AND account_id = $2::uuid"

    def kept() -> list[Any]:
        return [row["id"] for row in admin_sql(f"SELECT id {mine} ORDER BY id", tenant.id, member.account_id)]

    _, ended, expired, lately = sessions = kept()
    change = "UPDATE core.session SET {} = now() - make_interval(days => $2) WHERE id = $1"
    admin_sql(change.format("ended_at"), ended, 31)
    admin_sql(change.format("expires_at"), expired, 31)
    admin_sql(change.format("ended_at"), lately, 27)
    wait(clock, admin_sql, timedelta(days=1))
    eventually(lambda: kept() == [sessions[0], lately])
