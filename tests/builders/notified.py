"""Looking at what people are notified of, once it has been handled."""

from collections.abc import Callable
from typing import Any

from tests.conftest import Caller, Tenant

NOTIFICATIONS_HERE = "/v1/social/notifications"
TRIES = 3


def _page(caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    answer = caller.get(NOTIFICATIONS_HERE, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(caller: Caller, **params: Any) -> dict[str, Any]:
    """The caller's list, which agrees with the badge whenever nothing happens between the two answers."""
    for _ in range(TRIES):
        page, badge = _page(caller, params), caller.get(f"{NOTIFICATIONS_HERE}/unread").json()
        if (badge["unread"], badge["seq"]) == (page["unread"], page["seq"]):
            return page
    message = f"the badge {badge} is not that of the list {page}"
    raise AssertionError(message)


def lines(caller: Caller) -> list[tuple[str, int]]:
    """What stands in the caller's list: kinds and how many have done it, the latest first."""
    return [(each["kind"], each["count"]) for each in _page(caller, {})["items"]]


def handled(tenant: Tenant, admin_sql: Callable[..., Any], reaction: str) -> int:
    """How many events a reaction of the room has handled in a tenant."""
    rows = admin_sql(
        "SELECT count(*) AS n FROM ground.inbox WHERE tenant_id = $1 AND reaction = $2",
        tenant.id, f"social.notifications.{reaction}",
    )  # fmt: skip
    return int(rows[0]["n"])
