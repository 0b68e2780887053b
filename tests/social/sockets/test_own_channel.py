"""The channel that everybody has: notifications and ties, on all of their devices."""

from tests.builders.community import comment, joined, react, write
from tests.builders.sockets import all_listening, listening, own_channel
from tests.conftest import Tenant

PEOPLE = "/v1/social/people"
NOTIFICATIONS = "/v1/social/notifications"


def test_notifications_come_with_the_badge(tenant: Tenant) -> None:
    """S-40, I14: each device hears of what is new, and of what another one has seen, with the same badge."""
    author, friend = joined(tenant, 2)
    post = write(author)
    with all_listening(author, author) as devices:
        react(friend, post)
        comment(friend, post)
        for device in devices:
            news = device.until(
                lambda: (found := [each for each in device.events if each["type"] == "notification.new"])[1:] and found  # noqa: B023 - asked at once
            )
            assert {each["data"]["kind"] for each in news} == {"reaction", "comment"}
            assert {each["data"]["actor_id"] for each in news} == {friend.account_id}
            assert max(each["data"]["unread"] for each in news) == 2
        seq = author.get(NOTIFICATIONS).json()["seq"]
        assert author.post(f"{NOTIFICATIONS}/seen", json={"seq": seq}).status_code in {200, 204}
        for device in devices:
            changed = device.until(lambda: [each for each in device.events if each["type"] == "notification.changed"])  # noqa: B023 - as above
            assert changed[-1]["data"] == {"unread": 0, "seq": seq}


def test_what_is_taken_back_leaves_the_badge(tenant: Tenant) -> None:
    """S-40, I14: the badge falls on all devices when there is no reason for it any more."""
    author, friend = joined(tenant, 2)
    post = write(author)
    with listening(author) as socket:
        react(friend, post)
        socket.until(lambda: "notification.new" in socket.types())
        assert friend.delete(f"/v1/social/posts/{post['id']}/reaction").status_code == 204
        socket.until(lambda: "notification.changed" in socket.types())
        assert socket.logged[-1]["data"]["unread"] == 0


def test_both_hear_what_they_are_to_each_other(tenant: Tenant) -> None:
    """S-41: following and friendship on both sides; muting and blocking only with whoever does it."""
    one, other = joined(tenant, 2)
    with all_listening(one, other) as (mine, theirs):
        assert one.put(f"{PEOPLE}/{other.account_id}/follow").status_code == 200
        event = theirs.until(lambda: [each for each in theirs.events if each["type"] == "tie.changed"])[0]
        facts = {"follow": "no", "followed": "yes", "friend": "no"}
        assert event["data"] == {"person_id": one.account_id, **facts}
        assert one.put(f"{PEOPLE}/{other.account_id}/mute").status_code in {200, 204}
        assert one.put(f"{PEOPLE}/{other.account_id}/block").status_code == 204
        mine.until(lambda: mine.types(own_channel(one)).count("tie.changed") == 3)
        theirs.quiet()
        assert theirs.types().count("tie.changed") == 1
        last = [each for each in mine.events if each["type"] == "tie.changed"][-1]
        assert (last["data"]["blocked"], last["data"]["follow"]) == (True, "no")


def test_another_device_catches_up(tenant: Tenant) -> None:
    """S-41, I11: what came to the own channel in between is told first of all, without asking for it."""
    one, other = joined(tenant, 2)
    with listening(one) as socket:
        cursors = socket.cursors
    assert other.put(f"{PEOPLE}/{one.account_id}/follow").status_code == 200
    with listening(one, cursors) as socket:
        assert "tie.changed" in socket.types(own_channel(one))
        cursors = socket.cursors
    with listening(one, cursors) as socket:
        assert "tie.changed" not in socket.types()
