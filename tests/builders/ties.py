"""People of a community who do something about each other, over HTTP."""

import io
from typing import Any

import httpx
from PIL import Image

from fourfold.ground.ids import new_id
from tests.conftest import Caller, Tenant

ME = "/v1/social/me"
PEOPLE_HERE = "/v1/social/people"
FRIEND_REQUESTS = "/v1/social/friend-requests"
FOLLOW_REQUESTS = "/v1/social/follow-requests"


def people(tenant: Tenant, number: int) -> list[Caller]:
    """So many people of the community."""
    callers = [tenant.sign_up() for _ in range(number)]
    for each in callers:
        assert each.get(ME).status_code == 200
    return callers


def edit(caller: Caller, **changes: Any) -> dict[str, Any]:
    """The caller with another profile or other settings."""
    answer = caller.patch(ME, json=changes)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def a_picture(caller: Caller) -> str:
    """A public file of the caller's that is a picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG")
    picture = ("me.png", drawn.getvalue(), "image/png")
    sent = caller.post("/v1/core/files", files={"file": picture}, data={"public": "true"})
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


def way(person: Caller, *words: str) -> str:
    """The path of a person, and what is below it."""
    return "/".join((PEOPLE_HERE, person.account_id, *words))


def follow(one: Caller, other: Caller) -> dict[str, Any]:
    """One person follows another one, or asks to."""
    answer = one.put(way(other, "follow"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ask_friend(one: Caller, other: Caller) -> dict[str, Any]:
    """One person's request to be friends with another one."""
    answer = one.post(FRIEND_REQUESTS, json={"to": other.account_id})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def befriend(one: Caller, other: Caller) -> None:
    """Two people are friends."""
    asked = ask_friend(one, other)
    assert other.post(f"{FRIEND_REQUESTS}/{asked['id']}/accept").status_code == 200


def block(one: Caller, other: Caller) -> None:
    """One person blocks another one."""
    assert one.put(way(other, "block")).status_code == 204


def between(one: Caller, other: Caller) -> dict[str, Any]:
    """What one person is to another one, as their profile says."""
    answer = one.get(way(other))
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["you"])


def counts(viewer: Caller, person: Caller) -> tuple[int, int, int]:
    """Followers, followed and friends of a person, as somebody sees them."""
    told = viewer.get(way(person)).json()["counts"]
    return told["followers"], told["following"], told["friends"]


def ids(answer: httpx.Response) -> set[str]:
    """The people on a page."""
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()["items"]}


def accounts(*callers: Caller) -> set[str]:
    """The ids of these people."""
    return {each.account_id for each in callers}


def is_as_missing(caller: Caller, method: str, path: str, somebody: Caller, **rest: Any) -> bool:
    """Whether a person answers word by word as one who never was; `{}` in the path is who they are."""
    answers = [caller.request(method, path.format(who), **rest) for who in (somebody.account_id, new_id())]
    bodies = [{**each.json(), "request_id": ""} for each in answers]
    return [each.status_code for each in answers] == [404, 404] and bodies[0] == bodies[1]
