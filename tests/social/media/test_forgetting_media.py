"""Media go with what shows them: erased posts, people who leave, and files that no post has ever shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.work import Desk
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.jobs import IDLE_FOR, Tidy, tidy_media
from fourfold.social.media.queries import media_told
from fourfold.social.posts.jobs import OnePost, purge_deleted_post
from tests.builders.at_work import at_work
from tests.builders.community import POSTS_HERE, joined, write
from tests.builders.media import MEDIA_HERE, picture, prepared, sent, settled, stored_media
from tests.conftest import PASSWORD, Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]
NAMES = ["1280", "2048", "400"]


def purge(tenant: Tenant, post: dict[str, Any]) -> None:
    """Deletes a post of the owner's and erases it, as thirty days later."""
    assert tenant.owner.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    at_work(tenant, lambda desk: purge_deleted_post.act(desk, OnePost(post_id=UUID(post["id"]))))


def tidy(tenant: Tenant) -> None:
    """What is done every night."""

    async def run(desk: Desk) -> None:
        await tidy_media.act(desk, Tidy())

    at_work(tenant, run)


def test_media_go_with_their_last_post(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-21, I10: a picture stays as long as one post shows it; then no row and no object is left."""
    file_id = prepared(tenant.owner, picture())["id"]
    first, second = (write(tenant.owner, media_ids=[file_id]) for _ in range(2))
    purge(tenant, first)
    eventually(lambda: [len(each["posts"]) for each in documents_of(tenant, MEDIA)] == [1])
    assert stored_media(tenant) == NAMES
    assert tenant.visitor.get(second["media"][0]["url"]).status_code == 200
    purge(tenant, second)
    eventually(lambda: documents_of(tenant, MEDIA) == [])
    assert stored_media(tenant) == []
    assert tenant.owner.get(f"{MEDIA_HERE}/{file_id}").status_code == 404
    again = write(tenant.owner, media_ids=[file_id])
    assert settled(tenant.owner, file_id)["state"] == "ready"
    assert tenant.visitor.get(again["media"][0]["url"]).status_code == 200


def test_what_no_post_shows_goes(tenant: Tenant, documents_of: Documents, clock: ShiftedClock) -> None:
    """S-21, I10: a week after it was sent, or left its last post, a picture that no post shows goes."""
    unused, left, kept = (prepared(tenant.owner, picture())["id"] for _ in range(3))
    post = write(tenant.owner, media_ids=[left, kept])
    clock.advance(IDLE_FOR - timedelta(hours=1))
    tenant.owner = tenant.sign_in(tenant.owner.email)
    changed = tenant.owner.patch(f"{POSTS_HERE}/{post['id']}", json={"media_ids": [kept]})
    assert changed.status_code == 200, changed.text
    tidy(tenant)
    assert len(documents_of(tenant, MEDIA)) == 3
    clock.advance(timedelta(hours=2))
    tidy(tenant)
    assert {str(each["_id"]) for each in documents_of(tenant, MEDIA)} == {left, kept}
    clock.advance(IDLE_FOR)
    tidy(tenant)
    assert [str(each["_id"]) for each in documents_of(tenant, MEDIA)] == [kept]
    assert stored_media(tenant) == NAMES
    assert unused not in str(documents_of(tenant, MEDIA))


def test_media_of_who_leaves_go(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-21, I10, B-52: nothing of an erased person's pictures is left, in rows or in storage; others' stay."""
    leaver, stayer = joined(tenant, 2)
    theirs, others = (prepared(each, picture(), "A secret place")["id"] for each in (leaver, stayer))
    for caller, file_id in ((leaver, theirs), (stayer, others)):
        write(caller, media_ids=[file_id])
    assert leaver.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}
    ended = f"/v1/core/accounts/{leaver.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done")
    assert stayer.get(f"{MEDIA_HERE}/{theirs}").status_code == 404
    eventually(lambda: [str(each["_id"]) for each in documents_of(tenant, MEDIA)] == [others])
    assert stored_media(tenant) == NAMES
    assert tenant.visitor.get(f"{MEDIA_HERE}/{others}/content").status_code == 200


def test_people_are_told_of_their_media(tenant: Tenant) -> None:
    """S-21, B-52: what is known of a person's pictures is told to them."""

    async def told(desk: Desk) -> Any:
        async with desk.view() as view:
            return await media_told(view, UUID(tenant.owner.account_id))

    file_id = prepared(tenant.owner, picture(), "A cat")["id"]
    post = write(tenant.owner, media_ids=[file_id])
    (known,) = at_work(tenant, told)
    assert (known["file_id"], known["alt"], known["posts"], known["state"]) == (file_id, "A cat", [post["id"]], "ready")


def test_a_removed_file_fails(tenant: Tenant) -> None:
    """S-21: a picture whose file is removed before it was made says so; one that was made stays with its posts."""
    made = prepared(tenant.owner, picture())["id"]
    write(tenant.owner, media_ids=[made])
    assert tenant.owner.delete(f"/v1/core/files/{made}").status_code == 204
    assert tenant.visitor.get(f"{MEDIA_HERE}/{made}/content").status_code == 200
    removed = sent(tenant.owner, picture())
    tenant.owner.delete(f"/v1/core/files/{removed}")
    assert registered(tenant.owner, removed) == (404, "social.no_such_file")


def registered(caller: Caller, file_id: str) -> tuple[int, str]:
    """How the registering of a file is answered."""
    answer = caller.post(MEDIA_HERE, json={"file_id": file_id})
    return answer.status_code, answer.json()["code"]
