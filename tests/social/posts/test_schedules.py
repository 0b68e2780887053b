"""Drafts and schedules: for their author alone, and out once, when it is time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.document_work import begin_documents
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.publish import publish_due
from tests.builders.community import POSTS_HERE, joined, sees, set_person, write
from tests.builders.sockets import quickest
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
Documents = Callable[..., list[dict[str, Any]]]
Sql = Callable[..., list[dict[str, Any]]]
TOLD = "SELECT 1 FROM ground.event WHERE type = 'social.post.published' AND subject = $1"
LOOKED_AT = (
    "SELECT 1 FROM ground.job WHERE name = 'social.posts.publish_due' AND args ->> 'post_id' = $1 AND status = 'done'"
)


def due_in(clock: ShiftedClock, minutes: float) -> str:
    """A moment that is not there before the clock is moved, however long the machine takes for what comes before it."""
    return (clock.now() + timedelta(minutes=minutes)).isoformat()


def state_of(author: Caller, post: dict[str, Any]) -> str:
    return str(author.get(f"{POSTS_HERE}/{post['id']}").json()["state"])


def test_drafts(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """S-22: a draft is its author's alone until it is published, which happens once."""
    author, reader = joined(tenant, 2)
    draft = write(author, "Not yet", draft=True)
    assert (draft["state"], draft["published_at"]) == ("draft", None)
    for caller in (reader, tenant.owner, tenant.visitor):
        assert not sees(caller, draft)
    assert [each["id"] for each in author.get("/v1/social/drafts").json()["items"]] == [draft["id"]]
    assert reader.get("/v1/social/drafts").json()["items"] == []
    there = f"{POSTS_HERE}/{draft['id']}"
    assert author.patch(there, json={"text": "Now"}).json()["version"] == 2
    published = author.post(f"{there}/publish").json()
    assert (published["state"], published["text"]) == ("published", "Now")
    assert author.post(f"{there}/publish").json()["code"] == "social.published_already"
    assert [each["text"] for each in reader.get(f"{there}/versions").json()["items"]] == ["Now"]
    assert author.get("/v1/social/drafts").json()["items"] == []
    eventually(lambda: admin_sql(TOLD, draft["id"]))
    assert len(admin_sql(TOLD, draft["id"])) == 1


def test_a_scheduled_post_goes_out_in_time(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql
) -> None:
    """S-22, I27: it is published by itself, once, within two seconds of its time, and not before."""
    author, reader = joined(tenant, 2)

    def late() -> float:
        post = write(author, "It is time", publish_at=due_in(clock, 2))
        assert (post["state"], post["published_at"]) == ("scheduled", None)
        assert not sees(reader, post)
        assert [each["id"] for each in author.get("/v1/social/scheduled").json()["items"]] == [post["id"]]
        its_time = datetime.fromisoformat(post["publish_at"])
        # Nearly: the worker has to come upon its time by itself.
        clock.offset += its_time - clock.now() - timedelta(seconds=1)
        eventually(lambda: sees(reader, post))
        out = reader.get(f"{POSTS_HERE}/{post['id']}").json()
        eventually(lambda: admin_sql(TOLD, post["id"]))
        assert len(admin_sql(TOLD, post["id"])) == 1
        after = (datetime.fromisoformat(out["published_at"]) - its_time).total_seconds()
        assert after >= 0
        return after

    assert quickest(late, 2) < 2


def test_twenty_workers_publish_once(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql
) -> None:
    """S-22, I27: however many workers find it at the same time, one publishes it."""
    post = write(tenant.owner, "Once", publish_at=due_in(clock, 5))
    clock.offset += timedelta(minutes=6)

    async def all_at_once() -> list[object]:
        house = await open_house(tenant.running.settings, ALL, clock=clock)
        who = Who.system(UUID(tenant.id))

        async def one() -> bool:
            async with begin_documents(house, who) as work:
                return await publish_due(work, UUID(post["id"]))

        try:
            return list(await asyncio.gather(*(one() for _ in range(20)), return_exceptions=True))
        finally:
            await house.close()

    assert asyncio.run(all_at_once()).count(True) <= 1  # the worker has the same clock, and may be the first
    eventually(lambda: state_of(tenant.owner, post) == "published")
    eventually(lambda: admin_sql(TOLD, post["id"]))
    assert len(admin_sql(TOLD, post["id"])) == 1


def test_rescheduling(tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql) -> None:
    """S-22: the last time that was set is the one that counts, in the author's zone."""
    author = tenant.owner
    post = write(author, "Later", publish_at=due_in(clock, 2))
    there = f"{POSTS_HERE}/{post['id']}"
    local = (clock.now() + timedelta(days=30)).replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
    moved = author.patch(there, json={"publish_at": local.isoformat(), "time_zone": "Asia/Tokyo"}).json()
    assert datetime.fromisoformat(moved["publish_at"]) == local.replace(tzinfo=UTC) - timedelta(hours=9)
    assert moved["time_zone"] == "Asia/Tokyo"
    early = write(author, "Earlier", publish_at=due_in(clock, 2.1))
    clock.offset += timedelta(minutes=3)
    eventually(lambda: state_of(author, early) == "published")
    eventually(lambda: admin_sql(LOOKED_AT, post["id"]))
    assert state_of(author, post) == "scheduled"
    unscheduled = author.patch(there, json={"draft": True}).json()
    assert (unscheduled["state"], unscheduled["publish_at"]) == ("draft", None)
    assert author.patch(there, json={"publish_at": due_in(clock, 2)}).json()["state"] == "scheduled"
    clock.offset += timedelta(minutes=3)
    eventually(lambda: state_of(author, post) == "published")
    assert author.patch(there, json={"draft": True}).json()["code"] == "social.bad_schedule"


def test_who_lost_the_right_publishes_nothing(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually, documents_of: Documents
) -> None:
    """S-22, I27: what suspended people and disabled accounts have scheduled does not go out."""
    suspended, disabled = joined(tenant, 2)
    post = write(suspended, "Late", publish_at=due_in(clock, 2))
    waiting = write(disabled, "Later", publish_at=due_in(clock, 60))
    set_person(tenant, suspended, state="suspended")
    assert tenant.owner.post(f"/v1/core/accounts/{disabled.account_id}/disable", json={}).status_code < 300
    marker = write(tenant.owner, "Marker", publish_at=due_in(clock, 2.1))
    clock.offset += timedelta(minutes=3)
    eventually(lambda: state_of(tenant.owner, marker) == "published")
    eventually(lambda: state_of(suspended, post) == "draft")
    assert not sees(tenant.owner, post)
    kept = {"draft", "scheduled"}
    eventually(lambda: {each["state"] for each in documents_of(tenant, POSTS) if each["state"] in kept} == {"draft"})
    assert not sees(tenant.owner, waiting)


def test_deleted_before_its_time(tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql) -> None:
    """S-22, S-23: a scheduled post that was deleted never goes out."""
    post = write(tenant.owner, "Never", publish_at=due_in(clock, 2))
    assert tenant.owner.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    marker = write(tenant.owner, "Marker", publish_at=due_in(clock, 2.1))
    clock.offset += timedelta(minutes=3)
    eventually(lambda: state_of(tenant.owner, marker) == "published")
    eventually(lambda: admin_sql(LOOKED_AT, post["id"]))
    assert not sees(tenant.owner, post)
