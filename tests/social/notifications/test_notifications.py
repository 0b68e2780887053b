"""Notifications over HTTP: who is told of what, in which groups, and how it goes again."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.builders.community import POSTS_HERE, comment, handle_of, joined, react, repost, set_person, tie, write
from tests.builders.notified import NOTIFICATIONS_HERE, handled, lines, listed
from tests.conftest import Tenant

Eventually = Callable[..., Any]
PEOPLE_HERE = "/v1/social/people"


def test_reactions_are_one_line(tenant: Tenant, eventually: Eventually) -> None:
    """S-40: "A and 2 others" is one line that counts people, and each of them once."""
    author, one, two, three = joined(tenant, 4)
    post = write(author)
    for each in (one, two, three):
        react(each, post)
        react(each, post, "love")
    eventually(lambda: lines(author) == [("reaction", 3)])
    page = listed(author)
    (line,) = page["items"]
    assert [each["id"] for each in line["actors"]] == [three.account_id, two.account_id, one.account_id]
    assert line["summary"] == f"{line['actors'][0]['name']} and 2 others reacted to your post"
    assert (line["post_id"], line["comment_id"], line["read"]) == (post["id"], None, False)
    assert (page["unread"], page["next"], line["seq"]) == (1, None, page["seq"])
    assert lines(one) == []


def test_each_kind(tenant: Tenant, eventually: Eventually) -> None:
    """S-40: mentions, quotes, reposts, comments, answers and reactions to comments; each person is told once."""
    author, other = joined(tenant, 2)
    handle = handle_of(author)
    post = write(author)
    mention = write(other, f"Hello @{handle}")
    eventually(lambda: lines(author) == [("mention", 1)])
    quote = write(other, f"Look, @{handle}", quote_of=post["id"])
    eventually(lambda: lines(author) == [("quote", 1), ("mention", 1)])
    repost(other, post)
    eventually(lambda: lines(author)[0] == ("repost", 1))
    first = comment(other, post, f"Well, @{handle}")
    eventually(lambda: lines(author)[0] == ("comment", 1))
    answer = comment(author, post, "Yes?", first)
    eventually(lambda: lines(other) == [("reply", 1)])
    react(other, answer, "laugh")
    eventually(lambda: lines(author)[0] == ("reaction", 1))
    told = listed(author)["items"]
    assert [each["post_id"] for each in told] == [post["id"], post["id"], post["id"], quote["id"], mention["id"]]
    assert [each["comment_id"] for each in told] == [answer["id"], first["id"], None, None, None]
    assert told[0]["summary"].endswith("reacted to your comment")


def test_ties(tenant: Tenant, eventually: Eventually) -> None:
    """S-40: followers, requests and accepted ones, as long as they are so."""
    one, other = joined(tenant, 2)
    assert other.put(f"{PEOPLE_HERE}/{one.account_id}/follow").status_code == 200
    eventually(lambda: lines(one) == [("follow", 1)])
    asked = other.post("/v1/social/friend-requests", json={"to": one.account_id})
    eventually(lambda: lines(one) == [("friend_request", 1), ("follow", 1)])
    assert one.post(f"/v1/social/friend-requests/{asked.json()['id']}/accept").status_code == 200
    eventually(lambda: lines(other) == [("friend", 1)])
    assert lines(one) == [("follow", 1)]
    assert other.delete(f"{PEOPLE_HERE}/{one.account_id}/follow").status_code == 204
    assert lines(one) == []
    assert one.delete(f"{PEOPLE_HERE}/{other.account_id}/friend").status_code == 204
    assert lines(other) == []


def test_follow_requests(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, S-06: who is protected is told of requests to follow, until they are withdrawn."""
    one, other = joined(tenant, 2)
    set_person(tenant, one, visibility="protected")
    there = f"{PEOPLE_HERE}/{one.account_id}/follow"
    assert other.put(there).status_code == 200
    eventually(lambda: lines(one) == [("follow_request", 1)])
    assert other.delete(there).status_code == 204
    assert lines(one) == []


def test_follow_requests_once_more(tenant: Tenant, eventually: Eventually, admin_sql: Callable[..., Any]) -> None:
    """S-06, S-40, I13: who asks to follow, takes that back or is declined, and asks again, is told of once."""
    one, other = joined(tenant, 2)
    set_person(tenant, one, visibility="protected")
    there = f"{PEOPLE_HERE}/{one.account_id}/follow"
    for number in range(1, 4):
        assert other.put(there).status_code == 200
        eventually(lambda number=number: handled(tenant, admin_sql, "notify_of_follow_request") == number)
        assert lines(one) == [("follow_request", 1)]
        if number == 1:
            assert other.delete(there).status_code == 204
            assert lines(one) == []
        elif number == 2:
            (waiting,) = one.get("/v1/social/follow-requests").json()["items"]
            assert one.post(f"/v1/social/follow-requests/{waiting['id']}/decline").status_code == 204
            assert lines(one) == []


def test_undone_is_not_told(tenant: Tenant, eventually: Eventually) -> None:
    """S-40: what is taken back or deleted goes from the list and the badge, with what hung on it."""
    author, one, two = joined(tenant, 3)
    post = write(author)
    react(one, post)
    react(two, post)
    eventually(lambda: lines(author) == [("reaction", 2)])
    there = f"{POSTS_HERE}/{post['id']}"
    assert two.delete(f"{there}/reaction").status_code == 204
    eventually(lambda: lines(author) == [("reaction", 1)])
    said = comment(one, post)
    repost(two, post)
    eventually(lambda: {kind for kind, _ in lines(author)} == {"reaction", "comment", "repost"})
    assert one.delete(f"/v1/social/comments/{said['id']}").status_code == 204
    assert two.delete(f"{there}/repost").status_code == 204
    eventually(lambda: lines(author) == [("reaction", 1)])
    assert author.delete(there).status_code == 204
    assert listed(author)["items"] == []
    assert listed(author)["unread"] == 0


def test_again_is_no_news(tenant: Tenant, eventually: Eventually, admin_sql: Callable[..., Any]) -> None:
    """S-40, I13: whoever reacts, takes it back and reacts again is told of once, and asks for attention once."""
    author, other = joined(tenant, 2)
    post = write(author)
    react(other, post)
    eventually(lambda: lines(author) == [("reaction", 1)])
    before = listed(author)
    assert author.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": before["seq"]}).json()["unread"] == 0
    assert other.delete(f"{POSTS_HERE}/{post['id']}/reaction").status_code == 204
    eventually(lambda: lines(author) == [])
    react(other, post, "sad")
    eventually(lambda: lines(author) == [("reaction", 1)])
    after = listed(author)
    assert (after["unread"], after["seq"], after["items"][0]["seq"]) == (0, before["seq"], before["items"][0]["seq"])
    eventually(lambda: handled(tenant, admin_sql, "notify_of_reaction") == 2)


def test_blocks_take_everything_along(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, S-07, I1, I14: from the block on neither is told of the other, named or counted, and badges agree."""
    author, one, two = joined(tenant, 3)
    post = write(author)
    for each in (two, one):
        react(each, post)
    comment(one, post)
    eventually(lambda: sorted(lines(author)) == [("comment", 1), ("reaction", 2)])
    assert author.put(f"{PEOPLE_HERE}/{one.account_id}/block").status_code == 204
    page = listed(author)
    assert [(each["kind"], each["count"]) for each in page["items"]] == [("reaction", 1)]
    assert [each["id"] for each in page["items"][0]["actors"]] == [two.account_id]
    assert page["unread"] == 1
    assert one.account_id not in str(page)


def test_muted_people_are_not_told_of(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, S-07: what muted people do is neither listed nor counted."""
    author, muted, other = joined(tenant, 3)
    post = write(author)
    tie(tenant, author, muted, mute=True)
    comment(muted, post)
    react(muted, post)
    react(other, post)
    eventually(lambda: lines(author) == [("reaction", 1)])


def test_nobody_is_told_of_what_they_cannot_see(
    tenant: Tenant, eventually: Eventually, admin_sql: Callable[..., Any]
) -> None:
    """S-40, I1, I3: neither when it happens nor later, when it is narrowed."""
    author, friend, stranger = joined(tenant, 3)
    tie(tenant, friend, author, friend="friends")
    text = f"Only @{handle_of(friend)} and not @{handle_of(stranger)}"
    private = write(author, text, audience="friends")
    public = write(author, f"All of you, @{handle_of(stranger)}")
    eventually(lambda: lines(friend) == [("mention", 1)] and lines(stranger) == [("mention", 1)])
    assert listed(friend)["items"][0]["post_id"] == private["id"]
    assert listed(stranger)["items"][0]["post_id"] == public["id"]
    assert author.patch(f"{POSTS_HERE}/{public['id']}", json={"audience": "friends"}).status_code == 200
    page = listed(stranger)
    assert (page["items"], page["unread"]) == ([], 0)
    eventually(lambda: handled(tenant, admin_sql, "notify_of_edit") == 1)


def test_edits_change_who_is_mentioned(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, S-64: an edit tells whom it mentions now, and takes it back from the others."""
    author, one, two = joined(tenant, 3)
    post = write(author, f"Hello @{handle_of(one)}")
    eventually(lambda: lines(one) == [("mention", 1)])
    changed = author.patch(f"{POSTS_HERE}/{post['id']}", json={"text": f"Hello @{handle_of(two)}"})
    assert changed.status_code == 200
    eventually(lambda: lines(two) == [("mention", 1)] and lines(one) == [])


def test_suspended_people_are_not_told_of(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, S-28: whoever is suspended is there for nobody, also in what they did before."""
    author, other = joined(tenant, 2)
    post = write(author)
    react(other, post)
    eventually(lambda: lines(author) == [("reaction", 1)])
    set_person(tenant, other, state="suspended")
    page = listed(author)
    assert (page["items"], page["unread"]) == ([], 0)


def test_many_at_once(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, I14: a line goes on when all of its newest people are hidden; counts are those who are left."""
    author, *others = joined(tenant, 13)
    post = write(author)
    for each in others:
        react(each, post)
    eventually(lambda: lines(author) == [("reaction", 12)])
    for each in others[2:]:
        tie(tenant, author, each, block=True)
    (line,) = listed(author)["items"]
    assert line["count"] == 2
    assert {each["id"] for each in line["actors"]} == {each.account_id for each in others[:2]}
    for each in others[:2]:
        tie(tenant, author, each, block=True)
    page = listed(author)
    assert (page["items"], page["unread"]) == ([], 0)


def test_pages(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, I18: paging to the end shows each line once, without holes for what is hidden."""
    author, other, hidden = joined(tenant, 3)
    post = write(author)
    said = []
    for number in range(6):
        said.append(comment(other, post, str(number))["id"])
        comment(hidden, post, str(number))
    eventually(lambda: len(lines(author)) == 12)
    tie(tenant, author, hidden, block=True)
    found: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = listed(author, **params)
        assert len(page["items"]) <= 2
        found += [each["comment_id"] for each in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert sorted(found) == sorted(said)
    assert author.get(NOTIFICATIONS_HERE, params={"cursor": "nonsense"}).status_code == 400
    assert other.get(NOTIFICATIONS_HERE, params=params).status_code == 400


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"limit": "many"}])
def test_bad_pages(tenant: Tenant, params: dict[str, Any]) -> None:
    """S-40: limits are from 1 to 100."""
    assert tenant.owner.get(NOTIFICATIONS_HERE, params=params).status_code == 422


def test_strangers(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-40, I8: nobody without an account, and nothing of other tenants."""
    assert tenant.visitor.get(NOTIFICATIONS_HERE).status_code == 401
    assert tenant.visitor.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": 1}).status_code == 401
    assert lines(other_tenant.owner) == []
    assert other_tenant.owner.post(f"{NOTIFICATIONS_HERE}/{uuid4()}/read").status_code == 404


def test_told_twice_is_told_once(tenant: Tenant, eventually: Eventually, admin_sql: Callable[..., Any]) -> None:
    """S-40, I13: events that are delivered again after a crash make nothing twice, and bring nothing back."""
    author, one, two = joined(tenant, 3)
    post = write(author, f"Hello @{handle_of(one)}")
    for each in (one, two):
        react(each, post)
    # What is done with a post and with its comments may be told in another order than it was done.
    eventually(lambda: lines(author) == [("reaction", 2)] and lines(one) == [("mention", 1)])
    said = comment(one, post)
    assert two.delete(f"{POSTS_HERE}/{post['id']}/reaction").status_code == 204
    eventually(lambda: lines(author) == [("comment", 1), ("reaction", 1)])
    eventually(lambda: handled(tenant, admin_sql, "take_reaction_back") == 1)
    before = listed(author), listed(one)
    admin_sql("DELETE FROM ground.inbox WHERE tenant_id = $1 AND reaction LIKE 'social.notifications.%'", tenant.id)
    admin_sql(
        "UPDATE ground.event SET published_at = NULL, settled = false WHERE tenant_id = $1 AND type LIKE 'social.%'",
        tenant.id,
    )
    eventually(lambda: handled(tenant, admin_sql, "notify_of_reaction") == 2)
    eventually(lambda: handled(tenant, admin_sql, "take_reaction_back") == 1)
    eventually(lambda: handled(tenant, admin_sql, "notify_of_comment") == 1)
    assert (listed(author), listed(one)) == before
    assert said["id"] == before[0]["items"][0]["comment_id"]
