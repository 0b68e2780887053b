"""How often one person does what others see: counted over all ways in, stricter for new accounts."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fourfold.ground.ids import first_id_at, new_id
from fourfold.ground.settings import load_settings
from fourfold.social.limits.rules import SHORTEST_REPEATED, is_new, print_of
from tests.builders.chat import CONVERSATIONS_HERE, at, talk
from tests.builders.chosen import SETTINGS_HERE, choose
from tests.builders.community import POSTS_HERE, comment, joined, tie, write
from tests.builders.graph import asked, refusal_of
from tests.conftest import Caller, Tenant
from tests.security.replicas import client_of, replica

PEOPLE_HERE = "/v1/social/people"
CREATE = "mutation ($input: NewPost!) { createPost(input: $input) { id } }"
Act = Callable[[Caller, int], httpx.Response]


def a_post(caller: Caller, number: int, text: str = "Number") -> httpx.Response:
    """The answer to a post of the caller's."""
    return caller.post(POSTS_HERE, json={"text": f"{text} {number}"})


def outcomes(answers: list[httpx.Response]) -> list[tuple[int, str]]:
    """How each of them ended, and what it is called if that was a refusal."""
    return [(each.status_code, each.json()["code"] if each.status_code >= 400 else "") for each in answers]


def acts(tenant: Tenant) -> dict[str, tuple[Caller, Act]]:
    """For each limit somebody and what counts towards it."""
    caller, *others = joined(tenant, 5)
    posts = [write(each) for each in others]
    said = write(caller, audience="me")
    both = talk(caller, others[0])
    handle = posts[0]["author"]["handle"]
    return {
        "posts": (caller, a_post),
        "comments": (caller, lambda who, n: who.post(f"{POSTS_HERE}/{said['id']}/comments", json={"text": f"No. {n}"})),
        "messages": (caller, lambda who, n: who.post(at(both, "messages"), json={"text": f"No. {n}"})),
        "conversations": (
            caller,
            lambda who, n: who.post(CONVERSATIONS_HERE, json={"people": [others[n].account_id], "name": "Us"}),
        ),
        "friend_requests": (
            caller, lambda who, n: who.post("/v1/social/friend-requests", json={"to": others[n].account_id})
        ),
        "follows": (caller, lambda who, n: who.put(f"{PEOPLE_HERE}/{others[n].account_id}/follow")),
        "mentions": (caller, lambda who, n: a_post(who, n, f"Hello @{handle}")),
        "reactions": (
            caller, lambda who, n: who.put(f"{POSTS_HERE}/{posts[n]['id']}/reaction", json={"kind": "like"})
        ),
        "links": (caller, lambda who, n: a_post(who, n, f"See https://example.com/{n}")),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["posts", "comments", "messages", "conversations", "friend_requests", "follows", "mentions", "reactions", "links"],
)
def test_each_is_limited(tenant: Tenant, name: str) -> None:
    """S-83: what passes the limit is refused, with what it was and when to come back; nothing of it is done."""
    caller, act = acts(tenant)[name]
    choose(tenant, **{f"limit_{name}": "2/24h"}, **({} if name == "links" else {"new_account_hours": 0}))
    answers = [act(caller, number) for number in range(3)]
    assert [each.is_success for each in answers] == [True, True, False]
    refused = answers[2]
    assert (refused.status_code, refused.json()["code"]) == (429, "social.too_often")
    assert refused.json()["limit"] == name
    assert "Try again in" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) == refused.json()["retry_after"] > 3600
    assert refused.headers["ratelimit-policy"] == f'"social-{name.replace("_", "-")}";q=2;w=86400'
    assert ";r=0;" in refused.headers["ratelimit"]
    choose(tenant, **{f"limit_{name}": "off"})
    assert act(caller, 2).is_success


def test_what_is_done_already_counts_once(tenant: Tenant) -> None:
    """S-83: what is asked for again and changes nothing is not counted."""
    caller, act = acts(tenant)["follows"]
    choose(tenant, limit_follows="1/24h", limit_reactions="1/24h", new_account_hours=0)
    post = write(tenant.owner)
    for _ in range(3):
        assert act(caller, 0).status_code == 200
        assert caller.put(f"{POSTS_HERE}/{post['id']}/reaction", json={"kind": "like"}).status_code == 200
    assert act(caller, 1).status_code == 429


def test_many_at_once_over_all_ways_in(tenant: Tenant) -> None:
    """S-83, I31: over two processes, REST and GraphQL exactly as many pass as may, tries included."""
    [caller] = joined(tenant, 1)
    choose(tenant, limit_posts="10/24h", new_account_hours=0)
    with replica(tenant.running) as other:

        def one(number: int) -> int:
            # For the caller alone: nothing is counted of them that they would meet each other at.
            body = {"text": f"Number {number}", "audience": "me"}
            if number % 3 == 0:
                told = asked(caller, CREATE, input=body).json()
                return int(told["errors"][0]["extensions"]["status"]) if "errors" in told else 201
            base = other if number % 3 == 1 else tenant.running.url.rstrip("/")
            return httpx.post(f"{base}{POSTS_HERE}", json=body, headers=caller.headers, timeout=60).status_code

        with ThreadPoolExecutor(6) as threads:
            found = Counter(threads.map(one, range(30)))
    assert found == {201: 10, 429: 20}
    assert refusal_of(caller, CREATE, input={"text": "One more"}) == (429, "social.too_often")


def test_many_at_the_same_post_count_once_each(tenant: Tenant) -> None:
    """S-83: whoever meets others and is tried again with them has reacted once."""
    callers = joined(tenant, 4)
    post, more = write(tenant.owner), write(tenant.owner)
    choose(tenant, limit_reactions="2/24h", limit_comments="3/24h", new_account_hours=0)
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda number: comment(callers[number % 4], post, f"No. {number}"), range(12)))
        there = [f"{POSTS_HERE}/{each['id']}/reaction" for each in (post, more)]
        given = list(threads.map(lambda n: callers[n % 4].put(there[n // 4], json={"kind": "like"}), range(8)))
    assert len(said) == 12
    assert {each.status_code for each in given} == {200}


def test_new_accounts_may_less(tenant: Tenant) -> None:
    """S-83: a fifth, for as long as the tenant calls an account new; somebody else's count is their own."""
    one, other = joined(tenant, 2)
    choose(tenant, limit_posts="10/24h")
    assert [each.status_code for each in (a_post(one, number) for number in range(3))] == [201, 201, 429]
    assert a_post(other, 0).status_code == 201
    choose(tenant, new_account_hours=0)
    assert a_post(one, 4).status_code == 201


def test_links_of_new_accounts(tenant: Tenant) -> None:
    """S-83: the first posts of an account hold few links, wherever they stand; an edit counts what it adds."""
    [caller] = joined(tenant, 1)
    choose(tenant, limit_links="3/24h")
    two = "See https://example.com/a and https://example.com/b"
    post = caller.post(POSTS_HERE, json={"text": two}).json()
    there = f"{POSTS_HERE}/{post['id']}"
    assert caller.patch(there, json={"text": f"{two}, all of you"}).status_code == 200
    assert caller.patch(there, json={"text": f"{two} and https://example.com/c"}).status_code == 200
    refused = caller.post(f"{there}/comments", json={"text": "And https://example.com/d"})
    assert (refused.status_code, refused.json()["limit"]) == (429, "links")
    assert a_post(caller, 1).status_code == 201
    choose(tenant, new_account_hours=0)
    assert caller.post(f"{there}/comments", json={"text": "And https://example.com/d"}).status_code == 201


def test_the_same_again_and_again(tenant: Tenant) -> None:
    """S-83: the same words are refused when they come again within the hour, however they are dressed."""
    [caller] = joined(tenant, 1)
    post = write(tenant.owner)
    below = f"{POSTS_HERE}/{post['id']}/comments"
    choose(tenant, limit_repeats="2/1h", new_account_hours=0)
    answers = [
        caller.post(POSTS_HERE, json={"text": "Buy my wonderful things here"}),
        caller.post(below, json={"text": "BUY my *wonderful* things here!"}),
        caller.post(below, json={"text": "buy my wonderful things, here"}),
        caller.post(POSTS_HERE, json={"text": "Buy my wonderful things here", "draft": True}),
    ]
    again = (409, "social.said_already")
    assert outcomes(answers) == [(201, ""), (201, ""), again, again]
    assert answers[2].json()["errors"][0]["field"] == "text"
    assert int(answers[2].headers["retry-after"]) > 60
    assert [caller.post(below, json={"text": "Thanks!"}).status_code for _ in range(4)] == [201] * 4
    assert tenant.owner.post(below, json={"text": "Buy my wonderful things here"}).status_code == 201


def test_strangers_count_each(tenant: Tenant) -> None:
    """S-83: a group of people whom nobody knows counts as many; friends count as one."""
    caller, *others = joined(tenant, 7)
    for each in others[:3]:
        tie(tenant, caller, each, friend="friends")
    choose(tenant, limit_conversations="3/24h", new_account_hours=0)

    def group(*people: Caller) -> int:
        body = {"people": [each.account_id for each in people], "name": "Us"}
        return caller.post(CONVERSATIONS_HERE, json=body).status_code

    assert group(*others[:3]) == 201
    assert group(*others[3:5]) == 201
    assert group(others[5]) == 429


def test_another_tenant_counts_for_itself(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-83, I9: what one tenant chooses holds nobody else up."""
    choose(tenant, limit_posts="1/24h", new_account_hours=0)
    for each in (tenant, other_tenant):
        write(each.owner)
    assert a_post(tenant.owner, 1).status_code == 429
    assert a_post(other_tenant.owner, 1).status_code == 201


async def test_production_limits_and_development_does_not(tenant: Tenant) -> None:
    """S-83: where the deployment limits, nothing needs to be set; its usual limits hold up no honest person."""
    [caller] = joined(tenant, 1)
    with replica(tenant.running, spam_limits="on") as base:
        async with client_of(base, caller.headers) as client:
            answers = [await client.post(POSTS_HERE, json={"text": f"Number {number}"}) for number in range(25)]
    assert outcomes(answers) == [(201, "")] * 24 + [(429, "social.too_often")]
    assert load_settings().spam_limits == "off"


@pytest.mark.parametrize("value", ["many", "1/1d", "-1/1h", 5, None, {"$gt": ""}, ["1/1h"], "1/1h" * 100])
def test_limits_are_written_as_limits(tenant: Tenant, value: Any) -> None:
    """S-83: anything else is refused, and says which setting it was."""
    answer = tenant.owner.patch(SETTINGS_HERE, json={"values": {"social.limit_posts": value}})
    if value is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
        assert "social.limit_posts" in answer.text


def test_who_is_new() -> None:
    """S-83: ids tell when an account was made."""
    now = datetime.now(UTC)
    assert is_new(new_id(), now, 24)
    assert not is_new(first_id_at(now - timedelta(hours=25)), now, 24)
    assert not is_new(new_id(), now, 0)


def test_what_says_the_same() -> None:
    """S-83: short texts say nothing of their own."""
    assert print_of(["a"], "a" * (SHORTEST_REPEATED - 1)) is None
    assert print_of(["a"], "a" * SHORTEST_REPEATED) == print_of(["a"], "A" * SHORTEST_REPEATED)
    assert isinstance(UUID(print_of([], "🎉" * SHORTEST_REPEATED) or ""), UUID)
