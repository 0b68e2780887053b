"""Following over HTTP: public and protected people, requests, counts, lists, events, and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fourfold.ground.ids import new_id
from fourfold.social.ties.documents import TIES
from tests.builders.community import sees, write
from tests.builders.ties import (
    FOLLOW_REQUESTS,
    ME,
    PEOPLE_HERE,
    accounts,
    between,
    counts,
    edit,
    follow,
    ids,
    is_as_missing,
    people,
    way,
)
from tests.conftest import Tenant

TOLD = "SELECT data FROM ground.event WHERE type = $1 AND tenant_id = $2"


def test_following_and_no_longer(tenant: Tenant) -> None:
    """S-06, I23: both see it at once, in counts and lists; again, and without it, nothing more happens."""
    one, other, third = people(tenant, 3)
    told = follow(one, other)
    assert (told["follow"], told["followed"], told["friend"], told["person"]["id"]) == (
        "yes", "no", "no", other.account_id,
    )  # fmt: skip
    assert follow(one, other) == told
    assert (between(one, other)["follow"], between(other, one)["followed"]) == ("yes", "yes")
    assert (counts(third, other), counts(third, one)) == ((1, 0, 0), (0, 1, 0))
    assert ids(third.get(way(other, "followers"))) == accounts(one)
    assert ids(third.get(way(one, "following"))) == accounts(other)
    assert [one.delete(way(other, "follow")).status_code for _ in range(2)] == [204, 204]
    assert (counts(third, other), counts(third, one)) == ((0, 0, 0), (0, 0, 0))
    assert ids(third.get(way(other, "followers"))) == set()


def test_followers_see_what_is_for_them(tenant: Tenant) -> None:
    """S-06, I5: from the next request on, and no longer after it."""
    one, other = people(tenant, 2)
    post = write(other, audience="followers")
    assert not sees(one, post)
    follow(one, other)
    assert sees(one, post)
    assert other.delete(way(one, "follower")).status_code == 204
    assert not sees(one, post)
    assert between(one, other)["follow"] == "no"


def test_protected_people_are_asked(tenant: Tenant) -> None:
    """S-02, S-06: following them waits for their yes; a no leaves nothing behind."""
    one, other, third = people(tenant, 3)
    edit(other, visibility="protected")
    post = write(other)
    assert [follow(each, other)["follow"] for each in (one, third, one)] == ["asked"] * 3
    assert not sees(one, post)
    assert counts(other, other) == (0, 0, 0)
    page = other.get(FOLLOW_REQUESTS).json()
    assert [each["person"]["id"] for each in page["items"]] == [third.account_id, one.account_id]
    assert one.get(FOLLOW_REQUESTS).json()["items"] == []
    declined, accepted = (f"{FOLLOW_REQUESTS}/{each['id']}" for each in page["items"])
    assert one.post(f"{accepted}/accept").json()["code"] == "social.no_such_request"
    answers = [other.post(f"{accepted}/accept") for _ in range(2)]
    assert [(each.status_code, each.json()["followed"]) for each in answers] == [(200, "yes")] * 2
    assert other.post(f"{accepted}/decline").json()["code"] == "social.answered_already"
    assert [other.post(f"{declined}/decline").status_code for _ in range(2)] == [204, 404]
    assert (sees(one, post), sees(third, post)) == (True, False)
    assert counts(other, other) == (1, 0, 0)
    assert other.get(FOLLOW_REQUESTS).json()["items"] == []


def test_a_request_to_follow_is_taken_back(tenant: Tenant) -> None:
    """S-06: unfollowing takes back what waits; the request is no longer there to accept."""
    one, other = people(tenant, 2)
    edit(other, visibility="protected")
    follow(one, other)
    [waiting] = other.get(FOLLOW_REQUESTS).json()["items"]
    assert one.delete(way(other, "follow")).status_code == 204
    assert other.post(f"{FOLLOW_REQUESTS}/{waiting['id']}/accept").status_code == 404
    assert counts(other, other) == (0, 0, 0)


def test_who_lets_nobody_follow(tenant: Tenant) -> None:
    """S-02: the setting refuses new followers, and keeps those who are there."""
    one, other, third = people(tenant, 3)
    follow(one, other)
    edit(other, settings={"follow": "nobody"})
    refused = third.put(way(other, "follow"))
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_followed")
    assert follow(one, other)["follow"] == "yes"


def test_what_cannot_be_followed(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-06, I8: oneself, nobody, people of another tenant; and nobody follows without signing in."""
    one, other = people(tenant, 2)
    himself = one.put(way(one, "follow"))
    assert (himself.status_code, himself.json()["code"]) == (409, "social.yourself")
    for method, path in (("PUT", "follow"), ("DELETE", "follow"), ("DELETE", "follower"), ("PUT", "mute")):
        assert is_as_missing(other_tenant.owner, method, f"{PEOPLE_HERE}/{{}}/{path}", one)
        assert one.request(method, f"{PEOPLE_HERE}/nobody_here/{path}").status_code == 404
        assert one.request(method, f"{PEOPLE_HERE}/{'x' * 65}/{path}").status_code == 422
        assert tenant.visitor.request(method, way(other, path)).status_code == 401
    for answer in ("accept", "decline"):
        assert one.post(f"{FOLLOW_REQUESTS}/{new_id()}/{answer}").status_code == 404
        assert one.post(f"{FOLLOW_REQUESTS}/7/{answer}").status_code == 422


def test_whoever_has_an_account_can_be_followed(tenant: Tenant) -> None:
    """S-06: by the id of their account, also before they have done anything."""
    one, [other] = tenant.sign_up(), people(tenant, 1)
    assert follow(other, one)["person"]["name"] == "Customer"
    assert one.get(ME).json()["counts"]["followers"] == 1


def test_following_is_told(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-06: once for each time that it begins or ends."""
    one, other = people(tenant, 2)
    for _ in range(2):
        follow(one, other)
    one.delete(way(other, "follow"))
    for name in ("followed", "unfollowed"):
        told = eventually(lambda name=name: admin_sql(TOLD, f"social.person.{name}", tenant.id))
        assert len(told) == 1


def test_following_twice_at_once(tenant: Tenant, documents_of: Callable[..., list[dict[str, Any]]]) -> None:
    """S-06, I23: many at once are one, in ties and counts; two who follow each other meet without harm."""
    one, other = people(tenant, 2)
    with ThreadPoolExecutor(6) as threads:
        done = [threads.submit(follow, *pair) for pair in [(one, other), (other, one)] * 3]
    assert {each.result()["follow"] for each in done} == {"yes"}
    assert (counts(one, other), counts(one, one)) == ((1, 1, 0), (1, 1, 0))
    ties = [each for each in documents_of(tenant, TIES) if each["follow"] == each["followed"] == "yes"]
    assert len(ties) == len(documents_of(tenant, TIES)) == 2
