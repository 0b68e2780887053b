"""Notifications are kept as long as their tenant says, and never longer than ninety days."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.work import Desk
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATIONS
from fourfold.social.notifications.jobs import ToEverybody, forget_old_notifications
from tests.builders.at_work import at_work
from tests.builders.chosen import choose
from tests.builders.community import joined, put, react, write
from tests.builders.notified import lines, listed
from tests.conftest import Tenant

Documents = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]


async def keep(desk: Desk) -> None:
    """What is done each night."""
    await forget_old_notifications.act(desk, ToEverybody())


def test_notifications_are_kept_for_a_while(
    tenant: Tenant, other_tenant: Tenant, documents_of: Documents, eventually: Eventually
) -> None:
    """S-83, I14: what is older goes, lines count what is left of them, and the badge agrees."""
    author, one, two = joined(tenant, 3)
    [elsewhere, fan] = joined(other_tenant, 2)
    theirs = write(elsewhere)
    react(fan, theirs)
    eventually(lambda: lines(elsewhere) == [("reaction", 1)])
    post, other = write(author), write(author)
    for each in (one, two):
        react(each, post)
    react(one, other)
    eventually(lambda: sorted(lines(author)) == [("reaction", 1), ("reaction", 2)])
    fresh = [each for each in documents_of(tenant, NOTIFICATION_EVENTS) if each["actor"] == UUID(two.account_id)]
    put(tenant, NOTIFICATION_EVENTS, {"_id": fresh[0]["_id"]}, {"at": datetime.now(UTC) + timedelta(days=10)})
    at_work(tenant, keep, timedelta(days=8))
    assert len(lines(author)) == 2
    choose(tenant, keep_notifications_days=7)
    at_work(tenant, keep)
    assert len(lines(author)) == 2
    for _ in range(2):
        at_work(tenant, keep, timedelta(days=8))
    assert lines(author) == [("reaction", 1)]
    assert listed(author)["unread"] == 1
    assert [len(documents_of(tenant, each)) for each in (NOTIFICATION_EVENTS, NOTIFICATIONS)] == [1, 1]
    assert lines(elsewhere) == [("reaction", 1)]
