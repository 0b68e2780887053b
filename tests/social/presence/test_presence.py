"""Who is here: seen by those who may, and by nobody else."""

import time
from collections.abc import Callable
from typing import Any

from redis import Redis

from fourfold.social.presence.queries import process_key
from tests.builders.community import joined, tie
from tests.builders.sockets import listening, quickest
from tests.builders.ties import edit
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
RIGHT_WITHIN = 5


def presence(caller: Caller, person: Caller) -> dict[str, Any]:
    """Whether somebody is here, for a caller."""
    answer = caller.get(f"/v1/social/people/{person.account_id}/presence")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def seconds_until(wait: Callable[[Callable[[], bool]], Any], check: Callable[[], bool]) -> float:
    """How long it takes until something is so."""
    began = time.monotonic()
    wait(check)
    return time.monotonic() - began


def test_somebody_comes_and_goes(tenant: Tenant, eventually: Eventually) -> None:
    """S-43: online with the first connection, offline after the last, and when that was; away when they say so."""

    def longest() -> float:
        person, other = joined(tenant, 2)

        def until(state: str) -> float:
            return seconds_until(eventually, lambda: presence(other, person)["state"] == state)

        assert presence(other, person) == {"state": "offline", "last_seen": None}
        with listening(person) as one:
            coming = until("online")
            with listening(person):
                assert one.ask("presence", {"state": "away"})["ok"]
                # The second connection is told that it is ready before it is told of to others.
                staying = until("online")
            leaving = until("away")
        going = until("offline")
        assert presence(other, person)["last_seen"] is not None
        return max(coming, staying, leaving, going)

    assert quickest(longest, RIGHT_WITHIN) < RIGHT_WITHIN


def test_a_killed_process_takes_its_connections_along(tenant: Tenant, eventually: Eventually) -> None:
    """S-43: right within five seconds; and what Valkey has forgotten is there again with the next beat."""
    person, other = joined(tenant, 2)
    valkey = Redis.from_url(str(tenant.running.settings.valkey_url))

    def until(viewer: Caller, whom: Caller, state: str) -> float:
        return seconds_until(eventually, lambda: presence(viewer, whom)["state"] == state)

    def longest() -> float:
        with listening(person):
            coming = until(other, person, "online")
            valkey.flushdb()
            coming_back = until(other, person, "online")
            dead, process = f"t:{tenant.id}:presence:{other.account_id}", "a process that is no more"
            valkey.hset(dead, "connection", f"{process}:online")
            assert presence(person, other)["state"] == "offline"
            valkey.set(process_key(process), b"1")
            assert presence(person, other)["state"] == "online"
            # Its last beat is over only now, so that it is alive for as long as that is looked at.
            valkey.pexpire(process_key(process), 300)
            going = until(person, other, "offline")
        return max(coming, coming_back, going)

    assert quickest(longest, RIGHT_WITHIN) < RIGHT_WITHIN


def test_presence_is_for_those_who_may_know(tenant: Tenant, eventually: Eventually) -> None:
    """S-43, S-02, I1: who is not to know is told that they are offline; who is blocked, that there is nobody."""
    person, friend, stranger, blocked = joined(tenant, 4)
    tie(tenant, person, friend, friend="friends")
    tie(tenant, person, blocked, block=True)
    edit(person, settings={"presence": "friends"})
    with listening(person):
        eventually(lambda: presence(friend, person)["state"] == "online")
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

        def longest() -> float:
            with listening(person):
                coming = seconds_until(socket.until, lambda: last() == ["online"])
            return max(coming, seconds_until(socket.until, lambda: last() == ["offline"]))

        socket.until(lambda: last() == ["offline"])
        assert quickest(longest, RIGHT_WITHIN) < RIGHT_WITHIN
