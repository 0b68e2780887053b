"""Devices: registered by their people, and told of what is new through a provider."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.social.devices.documents import DEVICES, PUSHES
from tests.builders.community import joined, react, tie, write
from tests.builders.notified import NOTIFICATIONS_HERE, lines, listed
from tests.conftest import PASSWORD, Caller, Tenant

Eventually = Callable[..., Any]
DocumentsOf = Callable[..., list[dict[str, Any]]]
HERE = "/v1/social/devices"


def register(caller: Caller, token: str, provider: str = "fcm") -> str:
    answer = caller.post(HERE, json={"provider": provider, "token": token})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ids(caller: Caller) -> list[str]:
    return [each["id"] for each in caller.get(HERE).json()["items"]]


def test_devices(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-40: a device is one, belongs to whoever registered it last, and is removed by them alone."""
    one, other = joined(tenant, 2)
    phone = register(one, "phone")
    assert register(one, "phone") == phone
    tablet = register(one, "tablet", "apns")
    assert ids(one) == [phone, tablet]
    assert "token" not in one.get(HERE).text
    for stranger in (other, other_tenant.owner):
        answer = stranger.delete(f"{HERE}/{phone}")
        assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_device")
    assert one.delete(f"{HERE}/{uuid4()}").status_code == 404
    register(other, "phone")
    assert ids(one) == [tablet]
    assert one.delete(f"{HERE}/{tablet}").status_code == 204
    assert ids(one) == []
    assert tenant.visitor.get(HERE).status_code == 401


def test_too_many(tenant: Tenant) -> None:
    """S-40: twenty devices at most."""
    for number in range(20):
        register(tenant.owner, f"device-{number}")
    answer = tenant.owner.post(HERE, json={"provider": "fcm", "token": "one-more"})
    assert (answer.status_code, answer.json()["code"]) == (409, "social.too_many_devices")
    register(tenant.owner, "device-3")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"provider": "fcm"}, {"token": "x"}, {"provider": "FCM!", "token": "x"}, {"provider": "fcm", "token": ""},
        {"provider": "fcm", "token": "x" * 501}, {"provider": "fcm", "token": "a b"},
        {"provider": "fcm", "token": "x", "person": str(uuid4())},
    ],
)  # fmt: skip
def test_bad_devices(tenant: Tenant, body: dict[str, Any]) -> None:
    """S-40: a provider's name and a token, and nothing else."""
    assert tenant.owner.post(HERE, json=body).status_code == 422


def test_what_is_new_is_pushed(
    tenant: Tenant, eventually: Eventually, clock: ShiftedClock, documents_of: DocumentsOf,
    admin_sql: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """S-40, I1: each device once for what came together; devices that are no more go; nothing of who is blocked."""
    # What is done here comes together, however slow the machine is.
    monkeypatch.setattr("fourfold.social.devices.reactions.GATHERED_FOR", timedelta(minutes=5))
    planned = "SELECT 1 FROM ground.job WHERE tenant_id = $1 AND name = 'social.devices.push'"
    author, one, two = joined(tenant, 3)
    register(author, "phone")
    register(author, "gone-tablet")
    post = write(author)
    react(one, post)
    react(two, post)
    eventually(lambda: lines(author) == [("reaction", 2)])
    eventually(lambda: len(admin_sql(planned, tenant.id)) == 2)
    clock.offset += timedelta(minutes=6)
    eventually(lambda: documents_of(tenant, PUSHES))
    eventually(lambda: len(ids(author)) == 1)
    (push,) = documents_of(tenant, PUSHES)
    page = listed(author)
    assert (push["token"], push["text"]) == ("phone", page["items"][0]["summary"])
    assert (push["unread"], push["seq"]) == (1, page["seq"])
    tie(tenant, author, one, block=True)
    third = tenant.sign_up()
    react(third, write(author))
    eventually(lambda: lines(author) == [("reaction", 1)] * 2)
    eventually(lambda: len(admin_sql(planned, tenant.id)) == 3)
    clock.offset += timedelta(minutes=6)
    eventually(lambda: len(documents_of(tenant, PUSHES)) == 2)


def test_not_wanted(tenant: Tenant, eventually: Eventually, clock: ShiftedClock, documents_of: DocumentsOf) -> None:
    """S-40: what is turned off, and what was seen by then, is not pushed."""
    author, other = joined(tenant, 2)
    register(author, "phone")
    off = {"reaction": {"push": False}}
    assert author.patch(f"{NOTIFICATIONS_HERE}/preferences", json=off).status_code == 200
    react(other, write(author))
    eventually(lambda: lines(author) == [("reaction", 1)])
    assert author.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": listed(author)["seq"]}).json()["unread"] == 0
    on = {"reaction": {"push": True}}
    assert author.patch(f"{NOTIFICATIONS_HERE}/preferences", json=on).status_code == 200
    clock.offset += timedelta(seconds=5)
    react(other, write(author))
    eventually(lambda: len(lines(author)) == 2)
    clock.offset += timedelta(seconds=5)
    (push,) = eventually(lambda: documents_of(tenant, PUSHES))
    assert push["unread"] == 1


def test_devices_are_forgotten(tenant: Tenant, eventually: Eventually, documents_of: DocumentsOf) -> None:
    """S-40, B-52, I10: with a person go their devices."""
    (person,) = joined(tenant, 1)
    register(person, "phone")
    assert person.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code == 202
    eventually(lambda: [row for row in documents_of(tenant, DEVICES) if row["person"] == UUID(person.account_id)] == [])
