"""Who is here: seen by those who may, and by nobody else."""

from collections.abc import Callable
from typing import Any

from redis import Redis

from fourfold.social.presence.queries import process_key
from tests.builders.community import joined, tie
from tests.builders.sockets import listening
from tests.builders.ties import edit
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]


def presence(caller: Caller, person: Caller) -> dict[str, Any]:
    """Whether somebody is here, for a caller."""
    answer = caller.get(f"/v1/social/people/{person.account_id}/presence")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_somebody_comes_and_goes(tenant: Tenant, eventually: Eventually) -> None:
    """S-43: online with the first connection, offline after the last, and when that was; away when they say so."""
    person, other = joined(tenant, 2)
    assert presence(other, person) == {"state": "offline", "last_seen": None}
    with listening(person) as one:
        eventually(lambda: presence(other, person)["state"] == "online", 5)
        with listening(person):
            assert one.ask("presence", {"state": "away"})["ok"]
            assert presence(other, person)["state"] == "online"
        eventually(lambda: presence(other, person)["state"] == "away", 5)
    eventually(lambda: presence(other, person)["state"] == "offline", 5)
    assert presence(other, person)["last_seen"] is not None


def test_a_killed_process_takes_its_connections_along(tenant: Tenant, eventually: Eventually) -> None:
    """S-43: right within five seconds; and what Valkey has forgotten is there again with the next beat."""
    person, other = joined(tenant, 2)
    valkey = Redis.from_url(str(tenant.running.settings.valkey_url))
    with listening(person):
        eventually(lambda: presence(other, person)["state"] == "online", 5)
        valkey.flushdb()
        eventually(lambda: presence(other, person)["state"] == "online", 5)
        dead = f"t:{tenant.id}:presence:{other.account_id}"
        valkey.hset(dead, "connection", "a process that is no more:online")
        assert presence(person, other)["state"] == "offline"
        valkey.set(process_key("a process that is no more"), b"1", px=300)
        assert presence(person, other)["state"] == "online"
        eventually(lambda: presence(person, other)["state"] == "offline", 5)


def test_presence_is_for_those_who_may_know(tenant: Tenant, eventually: Eventually) -> None:
    """S-43, S-02, I1: who is not to know is told that they are offline; who is blocked, that there is nobody."""
    person, friend, stranger, blocked = joined(tenant, 4)
    tie(tenant, person, friend, friend="friends")
    tie(tenant, person, blocked, block=True)
    edit(person, settings={"presence": "friends"})
    with listening(person):
        eventually(lambda: presence(friend, person)["state"] == "online", 5)
        assert presence(stranger, person) == {"state": "offline", "last_seen": None}
        assert blocked.get(f"/v1/social/people/{person.account_id}/presence").status_code == 404
        assert blocked.get(f"/v1/social/people/{blocked.account_id}x/presence").status_code == 404
        with listening(stranger) as socket:
            answer = socket.ask("subscribe", {"channel": f"presence:{person.account_id}"})
            assert answer["error"]["code"] == "social.no_such_channel"
    assert tenant.visitor.get(f"/v1/social/people/{person.account_id}/presence").status_code == 401


def test_watchers_are_told(tenant: Tenant) -> None:
    """S-43: at first how it is, and then whenever it is otherwise."""
    person, other = joined(tenant, 2)
    with listening(other) as socket:
        socket.subscribe(f"presence:{person.account_id}")

        def last() -> list[str]:
            told = [each["data"]["state"] for each in socket.events if each["type"] == "presence.changed"]
            return told[-1:]

        socket.until(lambda: last() == ["offline"])
        with listening(person):
            socket.until(lambda: last() == ["online"], 5)
        socket.until(lambda: last() == ["offline"], 5)
