"""Posts are kept as long as their tenant says, and what they said before."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.work import Desk
from fourfold.social.posts.delete import AllPosts, delete_outdated_posts
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from tests.builders.at_work import at_work
from tests.builders.chosen import SETTINGS_HERE, choose
from tests.builders.community import POSTS_HERE, comment, joined, put, repost, sees, write
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]
MONTH = timedelta(days=31)
STOPPED_AT = 9
TOLD = "SELECT 1 FROM ground.event WHERE type = 'social.post.deleted' AND subject = $1"
WAITING = (
    "SELECT extract(epoch FROM run_at - created_at)::int / 86400 AS days FROM ground.job"
    " WHERE name = 'social.posts.purge' AND args ->> 'post_id' = $1"
)


async def keep(desk: Desk) -> None:
    """What is done each night."""
    await delete_outdated_posts.act(desk, AllPosts())


async def keep_twice(desk: Desk) -> None:
    """The same by two workers at once."""
    await asyncio.gather(keep(desk), keep(desk))


def published(caller: Caller) -> int:
    """How many posts the caller is said to have published."""
    return int(caller.get(f"/v1/social/people/{caller.account_id}").json()["counts"]["posts"])


def spare(tenant: Tenant, post: dict[str, Any]) -> None:
    """Makes a post so young that it is kept."""
    put(tenant, POSTS, {"_id": UUID(post["id"])}, {"published_at": datetime.now(UTC) + MONTH})


def test_posts_are_kept_for_a_while(
    tenant: Tenant, other_tenant: Tenant, documents_of: Documents, eventually: Eventually, admin_sql: Sql
) -> None:
    """S-83, I23: one past its time is gone for everybody, told of once, uncounted, and erased later; others stay."""
    author, other = joined(tenant, 2)
    old, young, draft = write(author, "Old"), write(author, "Young"), write(author, "Not out yet", draft=True)
    quoted = write(other, "Look at this", quote_of=old["id"])
    comment(other, old)
    repost(other, old)
    elsewhere = write(other_tenant.owner)
    for each in (young, quoted):
        spare(tenant, each)
    at_work(tenant, keep, MONTH)
    assert sees(other, old)
    choose(tenant, keep_posts_days=30, keep_deleted_posts_days=3)
    at_work(tenant, keep_twice, MONTH)
    assert [sees(other, each) for each in (old, young, quoted)] == [False, True, True]
    assert sees(author, draft)
    assert sees(other_tenant.owner, elsewhere)
    assert [published(each) for each in (author, other)] == [1, 1]
    original = next(each for each in documents_of(tenant, POSTS) if str(each["_id"]) == old["id"])
    assert (original["state"], original["counts"]["shares"]) == ("deleted", 2)
    eventually(lambda: admin_sql(TOLD, old["id"]))
    eventually(lambda: admin_sql(WAITING, old["id"]))
    assert [len(admin_sql(each, old["id"])) for each in (TOLD, WAITING)] == [1, 1]


def test_broken_off_and_done_again(tenant: Tenant, documents_of: Documents) -> None:
    """S-83, I23: a night that is broken off in the middle leaves nothing half done, and the next one goes on."""
    [author] = joined(tenant, 1)
    for number in range(12):
        write(author, f"Number {number}")
    choose(tenant, keep_posts_days=30)

    def left() -> int:
        return sum(
            each["state"] == "published" and each["audience"] == "public" for each in documents_of(tenant, POSTS)
        )

    async def broken_off(desk: Desk) -> None:
        night = asyncio.create_task(keep(desk))
        while not night.done():
            if await asyncio.to_thread(left) <= STOPPED_AT:
                break
        night.cancel()
        with suppress(asyncio.CancelledError):
            await night

    at_work(tenant, broken_off, MONTH)
    assert published(author) == left()
    at_work(tenant, keep, MONTH)
    assert (published(author), left()) == (0, 0)


def test_the_purge_waits_as_long_as_the_tenant_says(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """S-83, S-23: what is deleted is erased after the days that are set when it is deleted."""
    choose(tenant, keep_deleted_posts_days=7)
    post = write(tenant.owner)
    assert tenant.owner.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    [job] = eventually(lambda: admin_sql(WAITING, post["id"]))
    assert 6 <= job["days"] <= 7


def test_versions_are_kept_for_a_while(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-83, S-23: what a post said before goes when it has had its time, and what it says stays."""
    for each in (tenant, other_tenant):
        there = f"{POSTS_HERE}/{write(each.owner, 'First')['id']}"
        for text in ("Second", "Third"):
            assert each.owner.patch(there, json={"text": text}).status_code == 200
    choose(tenant, keep_post_versions_days=30)
    at_work(tenant, keep)
    assert len(documents_of(tenant, POST_VERSIONS)) == 2
    at_work(tenant, keep, MONTH)
    assert [len(documents_of(each, POST_VERSIONS)) for each in (tenant, other_tenant)] == [0, 2]
    [post] = [each for each in documents_of(tenant, POSTS) if each["text"] == "Third"]
    versions = tenant.owner.get(f"{POSTS_HERE}/{post['_id']}/versions").json()["items"]
    assert [(each["version"], each["text"]) for each in versions] == [(3, "Third")]


@pytest.mark.parametrize("name", ["posts", "post_versions", "deleted_posts", "messages", "notifications"])
@pytest.mark.parametrize("value", [-1, 1.5, "30", True, 100_000, {"$gt": ""}])
def test_days_are_whole_numbers(tenant: Tenant, name: str, value: object) -> None:
    """S-83: anything else is refused, and says which setting it was."""
    setting = f"social.keep_{name}_days"
    answer = tenant.owner.patch(SETTINGS_HERE, json={"values": {setting: value}})
    assert answer.status_code == 422
    assert setting in answer.text
