"""Who reads messages: nobody of and about whom they are cut off from; badges and receipts follow the same rules."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.social.channels.documents import CHANNEL_LOG
from tests.builders.chat import MESSAGES_HERE, at, heard, is_gone, listed, members_of, say, seen, talk, texts, told
from tests.builders.ties import block, edit, people, way
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def found(caller: Caller, q: str) -> list[str]:
    return texts(caller.get(f"{MESSAGES_HERE}/search", params={"q": q}).json()["items"])


def unread(caller: Caller, conversation: dict[str, Any]) -> int:
    one, [in_list] = seen(caller, conversation), [each for each in listed(caller) if each["id"] == conversation["id"]]
    assert one["unread"] == in_list["unread"]
    return int(one["unread"])


def test_two_who_are_cut_off(tenant: Tenant) -> None:
    """S-42, I1, I4: with a block their conversation is gone for both, word by word; without it, it is back."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    sent = say(ada, talked, "Medlars")
    block(bob, ada)
    for caller in (ada, bob):
        assert is_gone(caller, talked)
        assert found(caller, "medlars") == []
        answers = [
            caller.get(at(sent)), caller.get(at(talked, "messages")), caller.put(at(talked, "read"), json={"seq": 1}),
            caller.post(at(talked, "messages"), json={"text": "x"}), caller.post(at(talked, "typing")),
            caller.patch(at(sent), json={"text": "x"}), caller.delete(at(sent)),
        ]  # fmt: skip
        assert {each.status_code for each in answers} == {404}
    assert bob.delete(way(ada, "block")).status_code == 204
    assert texts(heard(bob, talked)) == ["Medlars"]
    assert unread(bob, talked) == 1


def test_two_in_a_group_who_are_cut_off(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I1, I2, I14: in a group neither sees the other, what they say, or what names them; nor is it counted."""
    ada, bob, eve = people(tenant, 3)
    group = talk(eve, ada, bob, name="Us")
    before = say(ada, group, "Old medlars")
    block(ada, bob)
    handle = ada.get("/v1/social/me").json()["handle"]
    say(eve, group, "Plums for all")
    say(ada, group, "New medlars")
    say(eve, group, f"Medlars of @{handle}")
    answer = say(eve, group, "Indeed", reply_to=before["id"])
    assert texts(heard(bob, group)) == ["Indeed", "Plums for all"]
    assert texts(heard(ada, group, after=0)) == [
        "Old medlars", "Plums for all", "New medlars", f"Medlars of @{handle}", "Indeed",
    ]  # fmt: skip
    assert heard(bob, group)[0]["reply_to"] is None
    assert heard(ada, group)[0]["reply_to"] == before["id"]
    assert (set(members_of(seen(bob, group))), set(members_of(seen(ada, group)))) == (
        {bob.account_id, eve.account_id}, {ada.account_id, eve.account_id},
    )  # fmt: skip
    assert (unread(bob, group), unread(ada, group), unread(eve, group)) == (2, 3, 2)
    assert found(bob, "medlars") == []
    assert bob.get(at(before)).status_code == 404
    assert bob.post(at(group, "messages"), json={"text": "x", "reply_to": before["id"]}).status_code == 404
    log = documents_of(tenant, CHANNEL_LOG)
    assert texts(told(log, bob, "message.sent")) == ["Old medlars", "Plums for all", "Indeed"]
    assert told(log, bob, "message.sent")[-1]["reply_to"] is None
    assert told(log, ada, "message.sent")[-1] == answer
    # What they had been told before the block bears the name of whoever may not be heard of any more.
    assert all(row["involved"] for row in log if row["kind"] == "message.sent")


def test_the_last_message_is_one_that_they_read(tenant: Tenant) -> None:
    """S-42, I1, I14: the list shows what somebody reads as the last, whatever was said after it."""
    ada, bob, eve = people(tenant, 3)
    group = talk(eve, ada, bob, name="Us")
    say(eve, group, "For all")
    block(ada, bob)
    for _ in range(3):
        say(ada, group, "Not for Bob")
    [shown] = listed(bob)
    assert (shown["last_message"]["text"], shown["unread"]) == ("For all", 1)
    assert listed(ada)[0]["last_message"]["text"] == "Not for Bob"


def test_numbers_tell_nothing(tenant: Tenant) -> None:
    """S-42, I4: in a group numbers are left out by chance, so that one left out says nothing of a hidden message."""
    ada, bob = people(tenant, 2)
    group = talk(ada, bob, name="Us")
    numbers = [say(ada, group)["seq"] for _ in range(30)]
    steps = {after - before for before, after in zip([0, *numbers], numbers, strict=False)}
    assert len(steps) > 1
    assert min(steps) >= 1
    assert max(steps) <= 8


def test_an_edit_that_names_somebody(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I1: whoever must not read what it says now is told that it is gone, and finds no trace of it."""
    ada, bob, eve = people(tenant, 3)
    group = talk(eve, ada, bob, name="Us")
    block(ada, bob)
    handle = ada.get("/v1/social/me").json()["handle"]
    sent = say(eve, group, "Medlars")
    assert texts(heard(bob, group)) == ["Medlars"]
    assert eve.patch(at(sent), json={"text": f"Medlars, @{handle}"}).status_code == 200
    assert heard(bob, group) == []
    assert bob.get(at(sent, "versions")).status_code == 404
    log = documents_of(tenant, CHANNEL_LOG)
    assert told(log, bob, "message.edited") == []
    assert [each["id"] for each in told(log, bob, "message.deleted")] == [sent["id"]]
    assert [each["text"] for each in told(log, ada, "message.edited")] == [f"Medlars, @{handle}"]
    assert eve.patch(at(sent), json={"text": "Plums"}).status_code == 200
    assert [each["text"] for each in bob.get(at(sent, "versions")).json()["items"]] == ["Plums", "Medlars"]


def test_badges(tenant: Tenant) -> None:
    """S-42, I14: unread is what others have said behind the last one read, as the list shows it."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    sent = [say(ada, talked, str(number)) for number in range(4)]
    say(bob, talked, "Mine")
    assert (unread(bob, talked), unread(ada, talked)) == (4, 1)
    receipt = bob.put(at(talked, "read"), json={"seq": sent[1]["seq"]})
    assert receipt.status_code == 200, receipt.text
    assert receipt.json() == {
        "conversation_id": talked["id"], "delivered_seq": sent[1]["seq"], "read_seq": sent[1]["seq"], "unread": 2,
    }  # fmt: skip
    ada.delete(at(sent[3]))
    assert unread(bob, talked) == 1
    assert bob.put(at(talked, "read"), json={"seq": 2**53}).json()["unread"] == 0
    say(ada, talked, "News")
    assert unread(bob, talked) == 1


def test_receipts(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: delivered and read go forward only, whatever comes late or twice; others see how far it has come."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    for _ in range(5):
        say(ada, talked)

    def standing() -> tuple[int, int]:
        [member] = [each for each in seen(ada, talked)["members"] if each["id"] == bob.account_id]
        return member["delivered_seq"], member["read_seq"]

    assert bob.put(at(talked, "delivered"), json={"seq": 4}).json()["delivered_seq"] == 4
    assert standing() == (4, 0)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda seq: bob.put(at(talked, "read"), json={"seq": seq}), [3, 1, 5, 2, 4]))
    assert standing() == (5, 5)
    assert bob.put(at(talked, "read"), json={"seq": 1}).json()["read_seq"] == 5
    assert standing() == (5, 5)
    reads = [each["read_seq"] for each in told(documents_of(tenant, CHANNEL_LOG), bob, "conversation.read")]
    assert reads == sorted(set(reads))
    assert reads[-1] == 5
    assert told(documents_of(tenant, CHANNEL_LOG), ada, "message.read", "message.delivered") == []


WRONG: list[Any] = [{}, {"seq": -1}, {"seq": "7"}, {"seq": True}, {"seq": 1.5}, {"seq": 2**54}, [], {"seq": 1, "x": 1}]


@pytest.mark.parametrize("what", ["read", "delivered"])
@pytest.mark.parametrize("body", WRONG)
def test_wrong_receipts(tenant: Tenant, what: str, body: Any) -> None:
    """S-42: a number of a message is a whole number."""
    ada, bob = people(tenant, 2)
    assert ada.put(at(talk(ada, bob), what), json=body).status_code == 422


def test_receipts_of_those_who_are_cut_off(tenant: Tenant) -> None:
    """S-42, I1: how far it has reached them is not shown, as they are not."""
    ada, bob, eve = people(tenant, 3)
    group = talk(eve, ada, bob, name="Us")
    sent = say(eve, group)
    bob.put(at(group, "read"), json={"seq": sent["seq"]})
    block(bob, ada)
    assert bob.account_id not in str(seen(ada, group))
    assert bob.account_id in str(seen(eve, group))


def test_typing(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: whoever is in a conversation says that they are typing; it is kept nowhere."""
    ada, bob, eve = people(tenant, 3)
    talked = talk(ada, bob)
    before = len(documents_of(tenant, CHANNEL_LOG))
    assert ada.post(at(talked, "typing")).status_code == 204
    assert eve.post(at(talked, "typing")).json()["code"] == "social.no_such_conversation"
    assert tenant.visitor.post(at(talked, "typing")).status_code == 401
    assert len(documents_of(tenant, CHANNEL_LOG)) == before


def test_who_left_is_told_nothing(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I5: whoever has left is told that, and nothing more, nor again what was said; others keep it."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, eve, name="Us")
    sent = say(bob, group, "So long")
    assert ada.delete(at(group, "members", bob.account_id)).status_code == 204
    say(ada, group, "Without Bob")
    log = documents_of(tenant, CHANNEL_LOG)
    assert texts(told(log, bob, "message.sent")) == [""]
    assert texts(told(log, eve, "message.sent")) == ["So long", "Without Bob"]
    assert told(log, bob, "conversation.left") == [{"conversation_id": group["id"]}]
    assert bob.get(at(sent)).status_code == 404
    assert bob.delete(at(sent)).status_code == 404
    assert texts(heard(eve, group)) == ["Without Bob", "So long"]
    assert found(bob, "long") == []


def test_keys_see_what_their_people_see(tenant: Tenant) -> None:
    """S-42, I1, I15: a key that may do nothing but write messages is held to the blocks of whoever it belongs to."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    made = ada.post("/v1/core/api-keys", json={"name": "bot", "scopes": ["social:messages:write"]})
    assert made.status_code == 201, made.text
    secret = next(value for value in made.json().values() if isinstance(value, str) and value.startswith("ffk_"))
    bot = Caller(tenant.running.client, {"Authorization": f"Bearer {secret}"})
    assert say(bot, talked, "Beep")["author"]["id"] == ada.account_id
    assert bot.get(at(talked, "messages")).status_code == 403
    block(bob, ada)
    assert bot.post(at(talked, "messages"), json={"text": "Beep"}).status_code == 404
    assert bot.post("/v1/social/conversations", json={"people": [bob.account_id]}).status_code == 404


def test_mentions_follow_their_setting(tenant: Tenant) -> None:
    """S-42, S-64: whoever does not let one mention them is named in plain words only."""
    ada, bob = people(tenant, 2)
    edit(bob, settings={"mention": "nobody"})
    handle = bob.get("/v1/social/me").json()["handle"]
    assert "data-person" not in say(ada, talk(ada, bob), f"@{handle}!")["html"]
