"""Polls over HTTP: asked, answered once by each, changed, taken back, counted, hidden, ended and refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.posts.documents import POSTS
from tests.builders.community import POSTS_HERE, joined, repost, set_person, tie, write
from tests.builders.polls import TEA, ask_poll, end_polls, poll_of, vote, votes
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
Documents = Callable[..., list[dict[str, Any]]]
Sql = Callable[..., list[dict[str, Any]]]
NONE = {"Tea": 0, "Coffee": 0, "Water": 0}


def test_one_vote_each(tenant: Tenant, documents_of: Documents) -> None:
    """S-20: a person has one vote, which they may change and take back; everybody sees the same numbers."""
    author, reader, other = joined(tenant, 3)
    post = ask_poll(author)
    asked = post["poll"]
    assert (votes(asked), asked["voters"], asked["ended"], asked["own_choice_ids"]) == (NONE, 0, False, [])
    first = vote(reader, post, "Tea")
    assert first.status_code == 200
    assert first.json()["own_choice_ids"] == [asked["choices"][0]["id"]]
    assert vote(reader, post, "Tea").json() == first.json()
    assert vote(reader, post, "Coffee").status_code == 200
    assert vote(other, post, "Coffee").status_code == 200
    for caller in (author, reader, other, tenant.visitor):
        shown = poll_of(caller, post)
        assert (votes(shown), shown["voters"]) == (NONE | {"Coffee": 2}, 2)
    assert poll_of(author, post)["own_choice_ids"] == []
    for _ in range(2):
        assert other.delete(f"{POSTS_HERE}/{post['id']}/vote").status_code == 204
    assert votes(poll_of(other, post)) == NONE | {"Coffee": 1}
    assert len(documents_of(tenant, POLL_VOTES)) == 1


def test_several_answers(tenant: Tenant) -> None:
    """S-20: where one may choose several, each is counted, and each person once."""
    reader, other = joined(tenant, 2)
    post = ask_poll(tenant.owner, multiple=True)
    assert vote(reader, post, "Water", "Tea").status_code == 200
    assert vote(other, post, "Tea").status_code == 200
    shown = poll_of(reader, post)
    assert (votes(shown), shown["voters"]) == (NONE | {"Tea": 2, "Water": 1}, 2)
    assert [each["id"] for each in shown["choices"] if each["id"] in shown["own_choice_ids"]] == shown["own_choice_ids"]
    assert vote(reader, post, "Coffee").status_code == 200
    assert votes(poll_of(reader, post)) == NONE | {"Tea": 1, "Coffee": 1}


def test_many_votes_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-20, I23, I24: the same person eight times at once votes once, and of many people no vote is lost."""
    people = joined(tenant, 5)
    post = ask_poll(tenant.owner)
    with ThreadPoolExecutor(8) as threads:
        clicks = list(threads.map(lambda name: vote(people[0], post, name), ["Tea", "Coffee", "Water"] * 3))
    assert {each.status_code for each in clicks} == {200}
    assert sum(count or 0 for count in votes(poll_of(tenant.owner, post)).values()) == 1
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda each: vote(each, post, "Tea"), people))
    assert {each.status_code for each in answers} == {200}
    shown = poll_of(tenant.owner, post)
    assert (votes(shown), shown["voters"]) == (NONE | {"Tea": 5}, 5)
    assert len(documents_of(tenant, POLL_VOTES)) == 5


def test_results_are_hidden_until_one_has_voted(
    tenant: Tenant, clock: ShiftedClock, admin_sql: Sql, eventually: Eventually
) -> None:
    """S-20: hidden results are seen by those who have voted, and by everybody once the poll has ended."""
    author, reader, other = joined(tenant, 3)
    post = ask_poll(author, hide_results=True)
    assert votes(vote(reader, post, "Tea").json()) == NONE | {"Tea": 1}
    for caller in (author, other, tenant.visitor):
        shown = poll_of(caller, post)
        assert (set(votes(shown).values()), shown["voters"]) == ({None}, 1)
    assert reader.delete(f"{POSTS_HERE}/{post['id']}/vote").status_code == 204
    assert set(votes(poll_of(reader, post)).values()) == {None}
    assert vote(reader, post, "Tea").status_code == 200
    end_polls(clock, admin_sql)
    for caller in (author, other, tenant.visitor):
        assert votes(poll_of(caller, post)) == NONE | {"Tea": 1}


def test_nobody_votes_after_the_end(
    tenant: Tenant, clock: ShiftedClock, documents_of: Documents, admin_sql: Sql
) -> None:
    """S-20: what was chosen until the end stays so."""
    reader, other = joined(tenant, 2)
    post = ask_poll(tenant.owner)
    assert vote(reader, post, "Tea").status_code == 200
    end_polls(clock, admin_sql)
    there = f"{POSTS_HERE}/{post['id']}"
    for refused in (
        vote(reader, post, "Coffee"),
        vote(other, post, "Tea"),
        reader.delete(f"{there}/vote"),
        tenant.owner.patch(there, json={"poll": {**TEA, "minutes": 6}}),
    ):
        assert (refused.status_code, refused.json()["code"][:11]) == (409, "social.poll")
    shown = poll_of(reader, post)
    assert (shown["ended"], votes(shown), shown["voters"]) == (True, NONE | {"Tea": 1}, 1)
    assert len(documents_of(tenant, POLL_VOTES)) == 1


@pytest.mark.parametrize(
    ("poll", "field"),
    [
        ({"choices": ["Tea"]}, "poll.choices"),
        ({"choices": [str(each) for each in range(11)]}, "poll.choices"),
        ({"choices": ["Tea", " tea "]}, "poll.choices.1"),
        ({"choices": ["Tea", "\uff34\uff25\uff21"]}, "poll.choices.1"),
        ({"choices": ["Tea", " "]}, "poll.choices.1"),
        ({"choices": ["Tea", ""]}, "poll.choices.1"),
        ({"choices": ["Tea", "x" * 101]}, "poll.choices.1"),
        ({"choices": ["Tea", "\u202ecoffee"]}, "poll.choices.1"),
        ({"choices": ["Tea", {"$gt": ""}]}, "poll.choices.1"),
        ({"choices": "Tea"}, "poll.choices"),
        ({"choices": None}, "poll.choices"),
        ({"minutes": 4}, "poll.minutes"),
        ({"minutes": 30 * 24 * 60 + 1}, "poll.minutes"),
        ({"minutes": "60"}, "poll.minutes"),
        ({"multiple": "yes"}, "poll.multiple"),
        ({"hide_results": 1}, "poll.hide_results"),
        ({"votes": {"Tea": 9}}, "poll.votes"),
    ],
)
def test_what_is_no_poll(tenant: Tenant, documents_of: Documents, poll: dict[str, Any], field: str) -> None:
    """S-20: a poll has two to ten different choices and an end; what is wrong is named."""
    refused = tenant.owner.post(POSTS_HERE, json={"text": "What?", "poll": {**TEA, **poll}})
    assert refused.status_code == 422
    assert any(each["field"].endswith(field) for each in refused.json()["errors"]), refused.text
    assert documents_of(tenant, POSTS) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"choice_ids": []}, {"choice_ids": None}, {"choice_ids": "tea"}, {"choice_ids": [{"$gt": ""}]},
     {"choice_ids": {"$ne": 1}}, {"choice_ids": ["x" * 10_000]}, {"choice_ids": [str(new_id())]},
     {"choice_ids": [str(new_id()) for _ in range(11)]}, {"choice_ids": [], "by": "me"}],
)  # fmt: skip
def test_what_is_no_vote(tenant: Tenant, documents_of: Documents, body: Any) -> None:
    """S-20: one chooses what is offered, and one of it where no more may be chosen."""
    post = ask_poll(tenant.owner)
    refused = tenant.owner.put(f"{POSTS_HERE}/{post['id']}/vote", json=body)
    assert (refused.status_code, bool(refused.json()["errors"])) == (422, True)
    two = vote(tenant.owner, post, "Tea", "Coffee")
    assert (two.status_code, two.json()["code"]) == (422, "social.not_a_choice")
    assert vote(tenant.owner, post, "Tea", "Tea").status_code == 200
    foreign = ask_poll(tenant.owner)
    assert vote(tenant.owner, {**post, "poll": foreign["poll"]}, "Tea").json()["code"] == "social.not_a_choice"
    assert votes(poll_of(tenant.owner, post)) == NONE | {"Tea": 1}
    assert len(documents_of(tenant, POLL_VOTES)) == 1


def test_where_nobody_votes(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-20, I4, I8: what is not for the caller, not out, gone or another tenant's is not there; others have no poll."""
    author, reader = joined(tenant, 2)
    hidden, draft, gone = (ask_poll(author, rest=each) for each in ({"audience": "me"}, {"draft": True}, {}))
    assert author.delete(f"{POSTS_HERE}/{gone['id']}").status_code == 204
    missing = reader.put(f"{POSTS_HERE}/{new_id()}/vote", json={"choice_ids": [str(new_id())]}).json()
    for each in (hidden, draft, gone, ask_poll(other_tenant.owner)):
        refused = vote(reader, each, "Tea")
        assert refused.json() | {"request_id": ""} == missing | {"request_id": ""}
        assert reader.delete(f"{POSTS_HERE}/{each['id']}/vote").status_code == 404
    assert vote(author, draft, "Tea").status_code == 404
    plain = write(author)
    for refused in (
        reader.put(f"{POSTS_HERE}/{plain['id']}/vote", json={"choice_ids": [str(new_id())]}),
        reader.delete(f"{POSTS_HERE}/{plain['id']}/vote"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "social.no_poll")
    assert vote(tenant.visitor, ask_poll(author), "Tea").status_code == 401
    set_person(tenant, reader, state="suspended")
    assert vote(reader, ask_poll(author), "Tea").json()["code"] == "social.not_active"
    blocked, asked = tenant.sign_up(), ask_poll(author)
    tie(tenant, author, blocked, block=True)
    assert vote(blocked, asked, "Tea").status_code == 404
    assert documents_of(tenant, POLL_VOTES) == []


def test_a_vote_on_a_repost_is_on_its_original(tenant: Tenant) -> None:
    """S-20, S-26: whoever passes a poll on asks the same."""
    sharer, reader = joined(tenant, 2)
    post = ask_poll(tenant.owner)
    passed_on = repost(sharer, post)
    assert passed_on["original"]["poll"]["choices"] == post["poll"]["choices"]
    assert vote(reader, {**passed_on, "poll": post["poll"]}, "Tea").status_code == 200
    assert votes(poll_of(reader, post)) == NONE | {"Tea": 1}
    assert reader.delete(f"{POSTS_HERE}/{passed_on['id']}/vote").status_code == 204
    assert votes(poll_of(reader, post)) == NONE


def test_a_poll_begins_with_its_publishing(tenant: Tenant, clock: ShiftedClock) -> None:
    """S-20, S-22: a draft keeps its poll; its time is counted from when it is published."""
    draft = ask_poll(tenant.owner, rest={"draft": True})
    assert (draft["poll"]["ends_at"], draft["poll"]["ended"]) == (None, False)
    there = f"{POSTS_HERE}/{draft['id']}"
    other = tenant.owner.patch(there, json={"poll": {"choices": ["Red", "Blue"], "minutes": 7}}).json()
    assert ([each["text"] for each in other["poll"]["choices"]], other["version"]) == (["Red", "Blue"], 2)
    assert tenant.owner.patch(there, json={"without_poll": True}).json()["poll"] is None
    assert tenant.owner.patch(there, json={"poll": TEA}).json()["poll"]["ends_at"] is None
    clock.offset += type(clock.offset)(minutes=6)
    published = tenant.owner.post(f"{there}/publish").json()
    assert (published["poll"]["ended"], votes(published["poll"])) == (False, NONE)
    assert published["poll"]["ends_at"] > published["published_at"]


def test_a_scheduled_poll_begins_when_it_is_out(tenant: Tenant, eventually: Eventually) -> None:
    """S-20, S-22: so does a scheduled one."""
    from_now = tenant.running.clock.now() + type(tenant.running.clock.offset)(seconds=2)
    post = ask_poll(tenant.owner, rest={"publish_at": from_now.isoformat()})
    assert post["poll"]["ends_at"] is None
    there = f"{POSTS_HERE}/{post['id']}"
    shown = eventually(lambda: (found := tenant.owner.get(there).json())["state"] == "published" and found)
    assert shown["poll"]["ends_at"] > shown["published_at"]


def test_a_poll_with_votes_stays_as_it_is(tenant: Tenant) -> None:
    """S-20: nobody's vote is turned into one for something else, and what is edited beside it leaves it alone."""
    author, reader = joined(tenant, 2)
    post = ask_poll(author)
    there = f"{POSTS_HERE}/{post['id']}"
    other = author.patch(there, json={"poll": {**TEA, "choices": ["Beer", "Wine"]}}).json()
    assert [each["text"] for each in other["poll"]["choices"]] == ["Beer", "Wine"]
    outdated = vote(reader, post, "Tea")
    assert (outdated.status_code, outdated.json()["code"]) == (422, "social.not_a_choice")
    assert vote(reader, other, "Beer").status_code == 200
    for body in ({"poll": TEA}, {"without_poll": True}, {"poll": {**TEA, "choices": ["Wine", "Beer"]}}):
        refused = author.patch(there, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "social.poll_has_votes")
    same = {**TEA, "choices": ["Beer", "Wine"]}
    edited = author.patch(there, json={"text": "Which one?", "poll": same}, headers={"If-Match": '"2"'}).json()
    assert (edited["text"], votes(edited["poll"])) == ("Which one?", {"Beer": 1, "Wine": 0})
    assert author.patch(there, json={"without_poll": "yes"}).status_code == 422


def test_an_edit_and_a_vote_at_once(tenant: Tenant) -> None:
    """S-20: whichever is first, no vote counts for what was not asked then."""
    author, *readers = joined(tenant, 4)
    for _ in range(3):
        post = ask_poll(author)
        change = {"poll": {**TEA, "choices": ["Beer", "Wine"]}}

        def edit(at: str = post["id"], body: dict[str, Any] = change) -> int:
            return author.patch(f"{POSTS_HERE}/{at}", json=body).status_code

        with ThreadPoolExecutor(4) as threads:
            cast = [threads.submit(vote, each, post, "Tea") for each in readers]
            edited = threads.submit(edit)
            done = [each.result().status_code for each in cast]
        shown = poll_of(author, post)
        if edited.result() == 200:
            assert (votes(shown), shown["voters"], set(done)) == ({"Beer": 0, "Wine": 0}, 0, {422})
        else:
            assert (votes(shown)["Tea"], edited.result()) == (done.count(200), 409)


def test_another_tenant_sees_no_poll(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-20, I8: polls and votes are of one tenant."""
    post = ask_poll(tenant.owner)
    assert vote(tenant.owner, post, "Tea").status_code == 200
    assert other_tenant.owner.get(f"{POSTS_HERE}/{post['id']}").status_code == 404
    assert documents_of(other_tenant, POLL_VOTES) == []


def test_asked_with_a_key(tenant: Tenant) -> None:
    """S-20: a request that is repeated with its key is answered as before."""
    post, reader = ask_poll(tenant.owner), tenant.sign_up()
    body = {"choice_ids": [post["poll"]["choices"][1]["id"]]}
    headers = {"Idempotency-Key": new_id().hex}
    first, again = (reader.put(f"{POSTS_HERE}/{post['id']}/vote", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.json()) == (200, first.json())
    assert votes(poll_of(reader, post)) == NONE | {"Coffee": 1}


def test_seen_with_its_post_everywhere(tenant: Tenant) -> None:
    """S-20, S-60, S-63: feed, search, profile and graph show the same poll with one's own choice."""
    reader: Caller = joined(tenant, 1)[0]
    post = ask_poll(tenant.owner, "Quinces or medlars?")
    assert vote(reader, post, "Tea").status_code == 200
    shown = poll_of(reader, post)
    reader.put(f"/v1/social/people/{tenant.owner.account_id}/follow", json={})
    for path, params in (
        ("/v1/social/search", {"q": "quinces", "type": "posts"}),
        (f"/v1/social/people/{tenant.owner.account_id}/posts", {}),
    ):
        [found] = reader.get(path, params=params).json()["items"]
        assert (found.get("post") or found)["poll"] == shown
