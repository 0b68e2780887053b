"""Seeing, reading and choosing: kept with the person, whichever device they use."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATION_STATES, NOTIFICATIONS
from tests.builders.community import joined, react, tie, write
from tests.builders.notified import NOTIFICATIONS_HERE, lines, listed
from tests.builders.people import mail_to, mails_to
from tests.conftest import PASSWORD, Tenant

Eventually = Callable[..., Any]
DocumentsOf = Callable[..., list[dict[str, Any]]]
PREFERENCES = f"{NOTIFICATIONS_HERE}/preferences"


def test_seen_and_new(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, I14: what was seen is off the badge; what joins a line later makes that new again; nothing goes back."""
    author, one, two = joined(tenant, 3)
    post = write(author)
    react(one, post)
    eventually(lambda: lines(author) == [("reaction", 1)])
    first = listed(author)
    assert first["unread"] == 1
    seen = author.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": first["seq"]})
    assert (seen.status_code, seen.json()) == (200, {"unread": 0, "seq": first["seq"]})
    assert listed(tenant.sign_in(author.email))["unread"] == 0
    react(two, post)
    eventually(lambda: lines(author) == [("reaction", 2)])
    assert listed(author)["unread"] == 1
    assert author.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": 0}).json()["unread"] == 1
    ahead = author.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": 2**53})
    assert ahead.json()["unread"] == 0
    third = tenant.sign_up()
    react(third, post)
    eventually(lambda: lines(author) == [("reaction", 3)])
    assert listed(author)["unread"] == 1


def test_read(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """S-40: a line is read on all devices, until somebody joins it; others cannot, and find nothing there."""
    author, one, two = joined(tenant, 3)
    post = write(author)
    react(one, post)
    eventually(lambda: lines(author) == [("reaction", 1)])
    (line,) = listed(author)["items"]
    there = f"{NOTIFICATIONS_HERE}/{line['id']}/read"
    for stranger in (one, other_tenant.owner):
        answer = stranger.post(there)
        assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_notification")
    assert author.post(f"{NOTIFICATIONS_HERE}/not-an-id/read").status_code == 422
    for _ in range(2):
        assert author.post(there).status_code == 204
    assert listed(tenant.sign_in(author.email))["items"][0]["read"]
    react(two, post)
    eventually(lambda: lines(author) == [("reaction", 2)])
    page = listed(author)
    assert not page["items"][0]["read"]
    assert author.post(f"{NOTIFICATIONS_HERE}/read", json={"seq": page["seq"]}).status_code == 204
    after = listed(author)
    assert after["items"][0]["read"]
    assert after["unread"] == 0


def test_hidden_lines_cannot_be_read(tenant: Tenant, eventually: Eventually) -> None:
    """S-40, I4: a line of somebody who is blocked answers as one that never was."""
    author, other = joined(tenant, 2)
    react(other, write(author))
    eventually(lambda: lines(author) == [("reaction", 1)])
    (line,) = listed(author)["items"]
    tie(tenant, author, other, block=True)
    assert author.post(f"{NOTIFICATIONS_HERE}/{line['id']}/read").status_code == 404


@pytest.mark.parametrize("body", [{}, {"seq": -1}, {"seq": "x"}, {"seq": 2**53 + 1}, {"seq": 1, "more": 1}, []])
@pytest.mark.parametrize("way", ["seen", "read"])
def test_bad_numbers(tenant: Tenant, way: str, body: Any) -> None:
    """S-40: a number from the answer, and nothing else."""
    assert tenant.owner.post(f"{NOTIFICATIONS_HERE}/{way}", json=body).status_code == 422


def test_preferences(tenant: Tenant, eventually: Eventually) -> None:
    """S-40: what is turned off is neither listed nor counted; turned on again it is there."""
    author, other = joined(tenant, 2)
    react(other, write(author))
    eventually(lambda: lines(author) == [("reaction", 1)])
    before = author.get(PREFERENCES).json()
    assert before["reaction"] == {"in_app": True, "mail": False, "push": True}
    assert set(before) == {
        "reaction", "repost", "follow", "quote", "comment", "reply", "mention", "follow_request", "friend_request",
        "friend", "poll",
    }  # fmt: skip
    changed = author.patch(PREFERENCES, json={"reaction": {"in_app": False}, "mention": {"mail": True}})
    assert changed.status_code == 200
    assert changed.json() == {
        **before,
        "reaction": {"in_app": False, "mail": False, "push": True},
        "mention": {"in_app": True, "mail": True, "push": True},
    }
    page = listed(author)
    assert (page["items"], page["unread"]) == ([], 0)
    assert other.get(PREFERENCES).json() == before
    assert author.patch(PREFERENCES, json={"reaction": {"in_app": True}}).status_code == 200
    assert lines(author) == [("reaction", 1)]


@pytest.mark.parametrize(
    "body", [{"poke": {"in_app": True}}, {"reaction": True}, {"reaction": {"fax": True}}, {"reaction": {"mail": "x"}}]
)
def test_bad_preferences(tenant: Tenant, body: Any) -> None:
    """S-40: known kinds and ways only."""
    assert tenant.owner.patch(PREFERENCES, json=body).status_code == 422


def test_digest(tenant: Tenant, eventually: Eventually, clock: ShiftedClock, admin_sql: Callable[..., Any]) -> None:
    """S-40: who asked for it gets one mail a day about what is new, without names; who has looked gets none."""
    author, reader, other = joined(tenant, 3)
    proven = "UPDATE core.account SET email_verified_at = now() WHERE id = $1"
    for each in (author, reader):
        admin_sql(proven, each.account_id)
        react(other, write(each))
    eventually(lambda: lines(author) == lines(reader) == [("reaction", 1)])
    assert reader.post(f"{NOTIFICATIONS_HERE}/seen", json={"seq": listed(reader)["seq"]}).json()["unread"] == 0
    # Only now: the mail of the day that ends here, or of one to which another test had moved the clock, may be due.
    for each in (author, reader):
        assert each.patch(PREFERENCES, json={"reaction": {"mail": True}}).status_code == 200
    clock.offset += timedelta(days=1)
    # A day later there is much to do for all other tenants as well.
    mail = mail_to(tenant, author.email, "new for you", seconds=300)
    assert "Reactions to what you wrote: 1" in mail["text"]
    assert mails_to(tenant, reader.email, "new for you") == []


def test_erasure(tenant: Tenant, eventually: Eventually, documents_of: DocumentsOf) -> None:
    """S-40, B-52, I10: with a person goes what they were told, and what others were told of them."""
    author, other, third = joined(tenant, 3)
    post = write(author)
    react(other, post)
    react(third, post)
    react(author, write(other))
    eventually(lambda: lines(author) == [("reaction", 2)] and lines(other) == [("reaction", 1)])
    gone = UUID(other.account_id)
    asked = other.post("/v1/core/me/erasure", json={"password": PASSWORD})
    assert asked.status_code in {200, 202}, asked.text

    def left() -> list[dict[str, Any]]:
        rows = [row for each in (NOTIFICATION_EVENTS, NOTIFICATIONS) for row in documents_of(tenant, each)]
        own = [row for row in rows if row["to"] == gone or row.get("actor") == gone]
        states = [row for row in documents_of(tenant, NOTIFICATION_STATES) if row["_id"] == gone]
        return own + states

    eventually(lambda: not left())
    eventually(lambda: lines(author) == [("reaction", 1)])
