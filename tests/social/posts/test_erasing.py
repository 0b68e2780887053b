"""Posts are erased for good: those deleted long ago, and all of a person who leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, begin, look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from fourfold.social.bookmarks.documents import BOOKMARKS
from fourfold.social.bookmarks.forget import erase_bookmarks_of
from fourfold.social.bookmarks.queries import bookmarks_told
from fourfold.social.posts.delete import erase_posts_of
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import OnePost, purge_deleted_post
from fourfold.social.posts.queries import posts_told
from tests.builders.community import POSTS_HERE, joined, repost, sees, write
from tests.builders.media import picture, sent
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]


def as_system(tenant: Tenant, act: Callable[[Desk], Awaitable[Any]]) -> Any:
    """What comes of an act of Fourfold itself, at work for a tenant."""

    async def run() -> Any:
        house = await open_house(tenant.running.settings, ALL, clock=tenant.running.clock, as_worker=True)
        try:
            return await act(Desk(house, Who.system(UUID(tenant.id), tenant.slug)))
        finally:
            await house.close()

    return asyncio.run(run())


def shares(caller: Caller, post: dict[str, Any]) -> int:
    return int(caller.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["shares"])


def test_what_was_deleted_is_erased(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-23, I10: after its time nothing is left of a deleted post, its versions, reposts and bookmarks."""
    author, other = joined(tenant, 2)
    post, kept = write(author, "A secret"), write(author, "Not one")
    there = f"{POSTS_HERE}/{post['id']}"
    author.patch(there, json={"text": "Another secret"})
    repost(other, post)
    for each in (post, kept):
        other.put(f"{POSTS_HERE}/{each['id']}/bookmark", json={})

    async def purge(desk: Desk) -> None:
        for post_id in (post["id"], kept["id"]):
            await purge_deleted_post.act(desk, OnePost(post_id=UUID(post_id)))

    assert author.delete(there).status_code == 204
    for _ in range(2):
        as_system(tenant, purge)
    assert sees(other, kept)
    assert "secret" not in str([*documents_of(tenant, POSTS), *documents_of(tenant, POST_VERSIONS)])
    assert [each for each in documents_of(tenant, POSTS) if each["kind"] == "repost"] == []
    eventually(lambda: [str(each["post"]) for each in documents_of(tenant, BOOKMARKS)] == [kept["id"]])


def test_the_purge_waits_for_thirty_days(
    tenant: Tenant, eventually: Eventually, admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-23: what was deleted by mistake, or is complained of, can still be looked into for a while."""
    post = write(tenant.owner)
    assert tenant.owner.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    waiting = (
        "SELECT extract(day FROM run_at - created_at)::int AS days FROM ground.job"
        " WHERE name = 'social.posts.purge' AND args ->> 'post_id' = $1"
    )
    [job] = eventually(lambda: admin_sql(waiting, post["id"]))
    assert 29 <= job["days"] <= 30


def test_a_person_is_forgotten(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-83, I10: all that somebody has written goes, and what others have counted of it; done again it does no harm."""
    leaver, stayer = joined(tenant, 2)
    theirs = write(stayer, "Mine stays")
    post, draft = write(leaver, "A secret #tag"), write(leaver, "A secret draft", draft=True)
    leaver.patch(f"{POSTS_HERE}/{post['id']}", json={"text": "A better secret"})
    write(leaver, "A secret thought", quote_of=theirs["id"])
    passed_on = repost(leaver, theirs)
    leaver.put(f"{POSTS_HERE}/{theirs['id']}/bookmark", json={})
    assert shares(stayer, theirs) == 2

    async def told(desk: Desk) -> list[Any]:
        async with look(desk.house, desk.who) as view:
            person = UUID(leaver.account_id)
            return [await posts_told(view, person), await bookmarks_told(view, person)]

    async def forget(desk: Desk) -> None:
        async with begin(desk.house, desk.who) as work:
            await erase_posts_of(work, UUID(leaver.account_id))
            await erase_bookmarks_of(work, UUID(leaver.account_id))

    posts, bookmarks = as_system(tenant, told)
    assert {"A better secret", "A secret draft", "A secret thought"} <= {each["text"] for each in posts}
    assert [each["post_id"] for each in bookmarks] == [theirs["id"]]
    for _ in range(2):
        as_system(tenant, forget)
    for each in (post, draft, passed_on):
        assert not sees(stayer, each)
    assert "secret" not in str([*documents_of(tenant, POSTS), *documents_of(tenant, POST_VERSIONS)])
    own = UUID(leaver.account_id)
    eventually(lambda: [each for each in documents_of(tenant, POSTS) if each["author"] == own] == [])
    assert documents_of(tenant, BOOKMARKS) == []
    assert shares(stayer, theirs) == 0


def test_files_of_posts_are_their_authors(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-20, I8: a post takes files of its author's only; those of others are as if there were none."""
    author, other = joined(tenant, 2)
    mine, others, foreign = (sent(each, picture()) for each in (tenant.owner, other, other_tenant.owner))
    assert [each["id"] for each in write(tenant.owner, media_ids=[mine, mine])["media"]] == [mine]
    answers = [
        tenant.owner.post(POSTS_HERE, json={"text": "Look", "media_ids": [mine, each]})
        for each in (others, foreign, str(new_id()))
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "social.no_such_file")}
    there = f"{POSTS_HERE}/{write(author)['id']}"
    assert author.patch(there, json={"media_ids": [mine]}).status_code == 404
    assert author.patch(there, json={"media_ids": []}).status_code == 200
