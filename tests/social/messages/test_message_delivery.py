"""Messages on the channels of those who read them: nothing lost, nothing twice, nothing for whom it is not."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from tests.builders.chat import Shown, at, heard, say, seen, talk, texts
from tests.builders.sockets import all_listening, listening, own_channel
from tests.builders.ties import block, people
from tests.conftest import Caller, Tenant

SYNC = "/v1/social/sync"
CHANGES = {"message.sent", "message.edited", "message.deleted"}


def missed(caller: Caller, cursor: int | None = None) -> dict[str, Any]:
    """What has come to somebody's own channel behind a number; without one, where it is."""
    params = {} if cursor is None else {"cursors": f"{own_channel(caller)}:{cursor}"}
    answer = caller.get(SYNC, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def where(caller: Caller) -> int:
    return int(missed(caller)["cursors"][own_channel(caller)])


def applied(snapshot: list[Shown], events: list[dict[str, Any]]) -> list[Shown]:
    """Messages of a conversation, the oldest first, after what a device has heard of them."""
    kept = {each["id"]: each for each in snapshot}
    for event in events:
        data = event["data"]
        if event["type"] in {"message.sent", "message.edited"}:
            kept[data["id"]] = data
        elif event["type"] == "message.deleted" and data["id"] in kept:
            kept[data["id"]] = {**kept[data["id"]], "state": "deleted", "text": "", "html": "", "files": []}
    return sorted(kept.values(), key=lambda each: each["seq"])


def plain(messages: list[Shown]) -> list[tuple[Any, ...]]:
    return [(each["id"], each["seq"], each["text"], each["state"], each["author"]["id"]) for each in messages]


def test_what_is_missed_makes_up_for_it(tenant: Tenant) -> None:
    """S-42, I11, I12: what a device knew, and all that it missed in the meantime, is what a new device reads."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    sent = [say(ada, talked, str(number)) for number in range(3)]
    snapshot, cursor = heard(bob, talked, after=0), where(bob)
    say(bob, talked, "Mine")
    assert ada.patch(at(sent[0]), json={"text": "First"}).status_code == 200
    assert ada.delete(at(sent[1])).status_code == 204
    for number in range(5):
        say(ada, talked, f"More {number}")
    found = missed(bob, cursor)
    assert found["resync"] == []
    events = [each for each in found["events"] if each["type"] in CHANGES]
    assert plain(applied(snapshot, events)) == plain(heard(bob, talked, after=0))
    assert missed(bob, found["cursors"][own_channel(bob)])["events"] == []
    # Whatever was heard twice is the same in the end.
    assert plain(applied(snapshot, [*events, *events])) == plain(heard(bob, talked, after=0))


def test_both_ends_and_all_devices_hear_it(tenant: Tenant) -> None:
    """S-42, I11: while many speak at once each device hears each message once, in the order in which all read them."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, eve, name="Us")
    with all_listening(ada, bob, bob, eve) as devices:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda turn: say((ada, bob, eve)[turn % 3], group, str(turn)), range(12)))
        order = texts(heard(ada, group, after=0))
        for device in devices:
            device.until(lambda: device.types().count("message.sent") >= 12)  # noqa: B023 - asked at once
            assert [each["data"]["text"] for each in device.logged if each["type"] == "message.sent"] == order


def test_coming_back(tenant: Tenant) -> None:
    """S-42, I11: a device that was away hears what was said meanwhile, once, and goes on from there."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    with listening(bob) as device:
        say(ada, talked, "Before")
        device.until(lambda: "message.sent" in device.types())
        cursors = device.cursors
    for number in range(3):
        say(ada, talked, str(number))
    with listening(bob, cursors) as device:
        say(ada, talked, "After")
        device.until(lambda: device.types().count("message.sent") == 4)
        assert [each["data"]["text"] for each in device.logged] == ["0", "1", "2", "After"]


def test_a_block_is_kept_on_the_way(tenant: Tenant) -> None:
    """S-42, I1: what was said before a block is not told again, what is said after it not at all; nor who types."""
    ada, bob, eve = people(tenant, 3)
    group, cursor = talk(eve, ada, bob, name="Us"), where(bob)
    say(ada, group, "Old")
    with listening(bob) as device:
        block(ada, bob)
        say(ada, group, "New")
        assert ada.post(at(group, "typing")).status_code == 204
        assert ada.put(at(group, "read"), json={"seq": 100}).status_code == 200
        say(eve, group, "For all")
        device.until(lambda: "message.sent" in device.types())
        device.quiet()
        assert ada.account_id not in str(device.heard)
        assert [each["data"]["text"] for each in device.logged if each["type"] == "message.sent"] == ["For all"]
    events = missed(bob, cursor)["events"]
    assert [each["data"]["text"] for each in events if each["type"] == "message.sent"] == ["For all"]
    assert all(after["prev"] == before["seq"] for before, after in pairwise(events))


def test_in_passing(tenant: Tenant) -> None:
    """S-42: the other one hears that somebody types, and how far they have read; their own devices hear it as well."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    say(ada, talked)
    with all_listening(ada, bob) as (theirs, own):
        assert bob.post(at(talked, "typing")).status_code == 204
        told = theirs.until(lambda: [each for each in theirs.events if each["type"] == "message.typing"])[0]
        assert (told["seq"], told["data"]) == (None, {"conversation_id": talked["id"], "person_id": bob.account_id})
        assert bob.put(at(talked, "read"), json={"seq": 1}).status_code == 200
        told = theirs.until(lambda: [each for each in theirs.events if each["type"] == "message.read"])[0]
        assert (told["data"]["person_id"], told["data"]["read_seq"]) == (bob.account_id, 1)
        kept = own.until(lambda: [each for each in own.logged if each["type"] == "conversation.read"])[0]
        assert kept["data"]["unread"] == seen(bob, talked)["unread"] == 0


def test_who_left_hears_nothing(tenant: Tenant) -> None:
    """S-42, I5: from the moment that somebody is taken out they hear no more of it, live or later."""
    ada, bob, eve = people(tenant, 3)
    group, cursor = talk(ada, bob, eve, name="Us"), where(bob)
    say(eve, group, "Secret plans")
    with all_listening(bob, eve) as (gone, there):
        assert ada.delete(at(group, "members", bob.account_id)).status_code == 204
        gone.until(lambda: "conversation.left" in gone.types())
        say(ada, group, "More plans")
        there.until(lambda: "message.sent" in there.types())
        gone.quiet()
        assert "message.sent" not in gone.types()
    assert "plans" not in str(missed(bob, cursor))
