"""Being friends over HTTP: asking, answering, taking back, ending; both at once; and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fourfold.ground.ids import new_id
from tests.builders.community import sees, write
from tests.builders.ties import (
    FRIEND_REQUESTS,
    accounts,
    ask_friend,
    befriend,
    between,
    block,
    counts,
    ids,
    is_as_missing,
    people,
    way,
)
from tests.conftest import Caller, Tenant


def requests_of(caller: Caller, direction: str) -> list[str]:
    """The ids of requests that wait."""
    return [each["id"] for each in caller.get(FRIEND_REQUESTS, params={"direction": direction}).json()["items"]]


def test_asking_and_saying_yes(tenant: Tenant) -> None:
    """S-05: the request waits on both sides; after the yes both are friends, in counts, lists and what they see."""
    one, other, third = people(tenant, 3)
    post = write(other, audience="friends")
    asked = ask_friend(one, other)
    assert (asked["status"], asked["direction"], asked["person"]["id"]) == ("pending", "sent", other.account_id)
    assert ask_friend(one, other)["id"] == asked["id"]
    assert (requests_of(one, "sent"), requests_of(other, "received")) == ([asked["id"]], [asked["id"]])
    assert (requests_of(one, "received"), requests_of(third, "received")) == ([], [])
    assert (between(one, other)["friend"], between(other, one)["friend"]) == ("asked", "asks")
    assert (counts(third, one), sees(one, post)) == ((0, 0, 0), False)
    answers = [other.post(f"{FRIEND_REQUESTS}/{asked['id']}/accept") for _ in range(2)]
    assert [(each.status_code, each.json()["status"]) for each in answers] == [(200, "accepted")] * 2
    assert (between(one, other)["friend"], between(other, one)["friend"]) == ("friends", "friends")
    assert (counts(third, one), counts(third, other)) == ((0, 0, 1), (0, 0, 1))
    assert (ids(third.get(way(one, "friends"))), sees(one, post)) == (accounts(other), True)
    assert requests_of(other, "received") == []
    again = one.post(FRIEND_REQUESTS, json={"to": other.account_id})
    assert (again.status_code, again.json()["code"]) == (409, "social.friends_already")


def test_saying_no_and_taking_back(tenant: Tenant) -> None:
    """S-05: either leaves nothing; one can ask again."""
    one, other, third = people(tenant, 3)
    first = f"{FRIEND_REQUESTS}/{ask_friend(one, other)['id']}"
    assert one.post(f"{first}/accept").json()["code"] == "social.not_yours_to_answer"
    assert one.post(f"{first}/decline").json()["code"] == "social.not_yours_to_answer"
    assert other.delete(first).json()["code"] == "social.not_yours_to_withdraw"
    assert [third.post(f"{first}/{word}").status_code for word in ("accept", "decline")] == [404, 404]
    assert third.delete(first).status_code == 404
    declined = other.post(f"{first}/decline")
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert other.post(f"{first}/decline").status_code == 404
    second = f"{FRIEND_REQUESTS}/{ask_friend(one, other)['id']}"
    assert [one.delete(second).status_code for _ in range(2)] == [204, 404]
    assert other.post(f"{second}/accept").status_code == 404
    assert between(one, other)["friend"] == "no"


def test_ending_a_friendship(tenant: Tenant) -> None:
    """S-05, I5: either ends it for both at once; a request that waits is not touched by it."""
    one, other = people(tenant, 2)
    post = write(other, audience="friends")
    befriend(one, other)
    assert sees(one, post)
    assert [one.delete(way(other, "friend")).status_code for _ in range(2)] == [204, 204]
    assert (counts(one, one), counts(one, other), sees(one, post)) == ((0, 0, 0), (0, 0, 0), False)
    ask_friend(other, one)
    assert one.delete(way(other, "friend")).status_code == 204
    assert between(one, other)["friend"] == "asks"


def test_crossed_requests_are_one_friendship(tenant: Tenant) -> None:
    """S-05, I25: when both ask, one after the other or at once, they are friends, once."""
    one, other = people(tenant, 2)
    first = ask_friend(one, other)
    answered = ask_friend(other, one)
    assert (answered["status"], answered["id"]) == ("accepted", first["id"])
    assert (counts(one, one), counts(one, other)) == ((0, 0, 1), (0, 0, 1))
    with ThreadPoolExecutor(4) as threads:
        for _ in range(6):
            assert one.delete(way(other, "friend")).status_code == 204
            done = [threads.submit(each.post, FRIEND_REQUESTS, json={"to": to.account_id}) for each, to in [
                (one, other), (other, one), (one, other), (other, one),
            ]]  # fmt: skip
            assert {each.result().status_code for each in done} <= {201, 409}
            assert {between(one, other)["friend"], between(other, one)["friend"]} == {"friends"}
            assert (counts(one, one), counts(one, other)) == ((0, 0, 1), (0, 0, 1))
            assert requests_of(one, "sent") + requests_of(other, "sent") == []


def test_yes_and_no_at_once(tenant: Tenant) -> None:
    """S-05, I25: one saying yes while the other takes it back, or ends it, leaves one state that could be."""
    one, other = people(tenant, 2)
    with ThreadPoolExecutor(3) as threads:
        for _ in range(6):
            request = f"{FRIEND_REQUESTS}/{ask_friend(one, other)['id']}"
            done = [
                threads.submit(other.post, f"{request}/accept"),
                threads.submit(one.delete, request),
                threads.submit(one.delete, way(other, "friend")),
            ]
            accepted, withdrawn, _ = (each.result().status_code for each in done)
            friend = between(one, other)["friend"]
            assert friend == between(other, one)["friend"]
            assert (accepted, withdrawn) in {(200, 409), (404, 204), (200, 404)}
            assert friend in {"friends", "no"}
            assert counts(one, one)[2] == counts(one, other)[2] == int(friend == "friends")
            one.delete(way(other, "friend"))


@pytest.mark.parametrize(
    "body", [{}, {"to": ""}, {"to": "x" * 65}, {"to": 7}, {"to": None}, {"to": {"$ne": 1}}, {"to": "ada", "more": 1}]
)
def test_bodies_that_make_no_sense(tenant: Tenant, body: dict[str, object]) -> None:
    """S-05: a request names one person."""
    assert tenant.owner.post(FRIEND_REQUESTS, json=body).status_code == 422


def test_who_cannot_be_asked(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-05, I4, I8: oneself, nobody, whoever blocks one, people of another tenant; they all are nobody."""
    one, other = people(tenant, 2)
    request = ask_friend(one, other)["id"]
    himself = one.post(FRIEND_REQUESTS, json={"to": one.account_id})
    assert (himself.status_code, himself.json()["code"]) == (409, "social.yourself")
    block(other, one)
    answers = [
        one.post(FRIEND_REQUESTS, json={"to": other.account_id}),
        one.post(FRIEND_REQUESTS, json={"to": str(new_id())}),
        other_tenant.owner.post(FRIEND_REQUESTS, json={"to": one.account_id}),
    ]
    bodies = [{**each.json(), "request_id": ""} for each in answers]
    assert [each.status_code for each in answers] == [404] * 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert is_as_missing(one, "DELETE", "/v1/social/people/{}/friend", other)
    assert other.post(f"{FRIEND_REQUESTS}/{request}/accept").status_code == 404
    assert tenant.visitor.post(FRIEND_REQUESTS, json={"to": one.account_id}).status_code == 401
    assert one.get(FRIEND_REQUESTS, params={"direction": "both"}).status_code == 422


def test_requests_come_in_pages(tenant: Tenant) -> None:
    """S-05, I18: the newest first, each once; who blocks one has taken theirs along."""
    me, *others = people(tenant, 5)
    asked = [ask_friend(each, me)["id"] for each in others]
    block(others[1], me)
    found, cursor = [], None
    while True:
        page = me.get(FRIEND_REQUESTS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [asked[3], asked[2], asked[0]]
