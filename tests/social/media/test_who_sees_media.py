"""Who sees pictures and videos: those who see a post that shows them, asked anew each time, by token and by link."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.link import LIFE
from tests.builders.community import POSTS_HERE, joined, repost, tie, write
from tests.builders.media import MEDIA_HERE, picture, prepared, sent
from tests.builders.ties import befriend, block
from tests.conftest import Caller, Tenant

GONE = (404, "social.no_such_medium")


def shown_to(caller: Caller, file_id: str) -> bool:
    """Whether somebody gets a picture; if not, its words and its bytes are as if there were none."""
    answers = [caller.get(f"{MEDIA_HERE}/{file_id}{rest}") for rest in ("", "/content", "/content?variant=400")]
    if all(each.status_code == 200 for each in answers):
        return True
    assert {(each.status_code, each.json()["code"]) for each in answers} == {GONE}
    return False


def follow_link(tenant: Tenant, link: str, **headers: str) -> httpx.Response:
    """What an address gives to whoever has it, without a credential and without a tenant."""
    parts = urlsplit(link)
    return tenant.running.client.get(f"{parts.path}?{parts.query}", headers=headers)


def link_of(caller: Caller, file_id: str) -> str:
    """The caller's link to a picture in its smallest form."""
    variants = caller.get(f"{MEDIA_HERE}/{file_id}").json()["variants"]
    return str(next(each["link"] for each in variants if each["name"] == "400"))


@pytest.mark.parametrize(
    ("audience", "sees"),
    [
        ("public", {"friend", "follower", "stranger", "visitor"}), ("followers", {"friend", "follower"}),
        ("friends", {"friend"}), ("me", set[str]()),
    ],
)  # fmt: skip
def test_whoever_sees_the_post_sees_its_media(tenant: Tenant, audience: str, sees: set[str]) -> None:
    """S-21, I3: neither more people nor fewer; everybody else is told what they are told of nothing."""
    author, friend, follower, stranger = joined(tenant, 4)
    tie(tenant, friend, author, friend="friends")
    tie(tenant, follower, author, follow="yes")
    file_id = prepared(author, picture())["id"]
    people = {"friend": friend, "follower": follower, "stranger": stranger, "visitor": tenant.visitor}
    assert not any(shown_to(each, file_id) for each in people.values())
    write(author, audience=audience, media_ids=[file_id])
    assert {name for name, each in people.items() if shown_to(each, file_id)} == sees
    assert shown_to(author, file_id)
    nothing = stranger.get(f"{MEDIA_HERE}/{new_id()}/content")
    assert (nothing.status_code, nothing.json()["code"]) == GONE


def test_one_of_several_posts_is_enough(tenant: Tenant) -> None:
    """S-21, I3: a picture that two posts show is seen through either, and through a repost; drafts show none."""
    author, friend, other = joined(tenant, 3)
    befriend(author, friend)
    file_id = prepared(author, picture())["id"]
    write(author, draft=True, media_ids=[file_id])
    write(author, audience="friends", media_ids=[file_id])
    assert (shown_to(friend, file_id), shown_to(other, file_id)) == (True, False)
    public = write(author, media_ids=[file_id])
    assert shown_to(other, file_id)
    passed_on = repost(other, public)
    (shown,) = tenant.visitor.get(f"{POSTS_HERE}/{passed_on['id']}").json()["original"]["media"]
    assert tenant.visitor.get(shown["url"]).status_code == 200


def test_links_end_as_soon_as_fewer_may_see_it(tenant: Tenant) -> None:
    """S-21, I5: a link is followed by whoever has it; when its audience narrows it leads nowhere, at once."""
    author, reader = joined(tenant, 2)
    file_id = prepared(author, picture())["id"]
    post = write(author, media_ids=[file_id])
    links = [link_of(each, file_id) for each in (reader, tenant.visitor, author)]
    assert [follow_link(tenant, each).status_code for each in links] == [200, 200, 200]
    part = follow_link(tenant, links[0], Range="bytes=0-3")
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "me"}).status_code == 200
    assert [follow_link(tenant, each).status_code for each in links] == [404, 404, 200]
    author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "followers"})
    tie(tenant, reader, author, follow="yes")
    assert [follow_link(tenant, each).status_code for each in links] == [200, 404, 200]


def test_a_block_ends_it_for_both(tenant: Tenant) -> None:
    """S-21, I1: after a block neither gets a picture of the other's, by token or by link."""
    one, two = joined(tenant, 2)
    files = {each.account_id: prepared(each, picture())["id"] for each in (one, two)}
    for each in (one, two):
        write(each, media_ids=[files[each.account_id]])
    links = [link_of(one, files[two.account_id]), link_of(two, files[one.account_id])]
    assert [follow_link(tenant, each).status_code for each in links] == [200, 200]
    block(one, two)
    assert [follow_link(tenant, each).status_code for each in links] == [404, 404]
    assert not shown_to(one, files[two.account_id])
    assert not shown_to(two, files[one.account_id])
    assert shown_to(tenant.visitor, files[one.account_id])


def test_deleting_and_editing_end_it(tenant: Tenant) -> None:
    """S-21, I5: a picture that a post shows no longer, or whose post is deleted, is for its author alone."""
    author, reader = joined(tenant, 2)
    first, second = (prepared(author, picture())["id"] for _ in range(2))
    post = write(author, media_ids=[first, second])
    link = link_of(reader, first)
    there = f"{POSTS_HERE}/{post['id']}"
    assert author.patch(there, json={"media_ids": [second]}).status_code == 200
    assert (shown_to(reader, first), shown_to(reader, second)) == (False, True)
    assert follow_link(tenant, link).status_code == 404
    assert author.delete(there).status_code == 204
    assert (shown_to(reader, second), shown_to(author, second)) == (False, True)


def test_a_link_opens_one_picture_in_one_tenant(tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock) -> None:
    """S-21, I8: changed, for another file, in another tenant or after its time, it leads nowhere."""
    file_id, other = (prepared(tenant.owner, picture())["id"] for _ in range(2))
    link = link_of(tenant.owner, file_id)
    assert follow_link(tenant, link).status_code == 200
    assert follow_link(tenant, link, **{"X-Tenant": tenant.slug}).status_code == 200
    assert follow_link(tenant, link, **{"X-Tenant": other_tenant.slug}).status_code == 404
    assert follow_link(tenant, link.replace("variant=400", "variant=1280")).status_code == 200
    name, _, signature = link.rpartition("signature=")
    wrong = [
        link.replace(file_id, other), f"{name}signature={signature[:-1]}", f"{name}signature=",
        f"{name}signature={'A' * 80}", f"{name}signature={signature.swapcase()}",
        link.replace("expires=", "expires=9"), name.replace("expires=", "was=") + f"signature={signature}",
    ]  # fmt: skip
    assert {follow_link(tenant, each).status_code for each in wrong} == {404}
    clock.advance(LIFE + timedelta(seconds=1))
    assert follow_link(tenant, link).status_code == 404


def test_a_suspended_tenant_shows_nothing(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """S-21: links of a tenant that is not served lead nowhere."""
    link = link_of(tenant.owner, prepared(tenant.owner, picture())["id"])
    admin_sql("UPDATE core.tenant SET status = 'suspended' WHERE id = $1", tenant.id)
    assert follow_link(tenant, link).status_code == 404


def test_restricted_takes_what_missing_takes(tenant: Tenant, documents_of: Callable[..., Any]) -> None:
    """S-21, I4: the answer about a picture that is not for the caller is that about none, word by word."""
    author, reader = joined(tenant, 2)
    private = prepared(author, picture())["id"]
    write(author, audience="me", media_ids=[private])
    unused = prepared(author, picture())["id"]
    unprepared = sent(author, picture())
    assert len(documents_of(tenant, MEDIA)) == 2
    for rest in ("", "/content"):
        told = []
        for each in (private, unused, unprepared, str(new_id())):
            answer = reader.get(f"{MEDIA_HERE}/{each}{rest}")
            told.append((answer.status_code, {**answer.json(), "request_id": ""}))
        assert told == [told[0]] * 4
        assert told[0][0] == 404
