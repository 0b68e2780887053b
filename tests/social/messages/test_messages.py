"""Messages over HTTP: sent, read in their order, edited, deleted, searched, and refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.channels.documents import CHANNEL_LOG
from fourfold.social.messages.documents import MESSAGE_VERSIONS, MESSAGES
from tests.builders.chat import MESSAGES_HERE, a_file, at, heard, listed, say, seen, talk, texts, told
from tests.builders.community import set_person
from tests.builders.ties import people
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def test_a_message(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: what one says, both read, and both are told on their own channels, with what is shown."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    answer = ada.post(at(talked, "messages"), json={"text": "  See you at *six* <b>x</b> "})
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert answer.headers["Location"] == at(sent)
    assert (sent["text"], sent["state"], sent["version"], sent["seq"]) == ("See you at *six* <b>x</b>", "sent", 1, 1)
    assert sent["html"].startswith("<p>See you at <em>six</em>")
    assert "<b>" not in sent["html"]
    assert sent["author"]["id"] == ada.account_id
    assert heard(bob, talked) == heard(ada, talked) == [sent]
    assert bob.get(at(sent)).json() == sent
    assert [each["last_message"] for each in listed(bob)] == [sent]
    log = documents_of(tenant, CHANNEL_LOG)
    assert told(log, bob, "message.sent") == told(log, ada, "message.sent") == [sent]
    assert {each["kind"] for each in log} == {"conversation.changed", "message.sent"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": ""}, 422),
        ({"text": " \u200b\n"}, 422),
        ({"text": "\u202eevil"}, 422),
        ({"text": 7}, 422),
        ({"text": {"$gt": ""}}, 422),
        ({"text": "x" * 5001}, 422),
        ({"text": "x", "seq": 7}, 422),
        ({"text": "x", "reply_to": "first"}, 422),
        ({"text": "x", "reply_to": str(uuid4())}, 404),
        ({"text": "x", "file_ids": [str(uuid4())]}, 404),
        ({"text": "x", "file_ids": [str(new_id()) for _ in range(11)]}, 422),
        ({"text": "x", "client_id": ""}, 422),
        ({"text": "x", "client_id": "x" * 65}, 422),
        ({"text": "x", "client_id": "a b"}, 422),
        ({"text": "x", "client_id": 7}, 422),
        ("x", 422),
    ],
)
def test_what_cannot_be_said(tenant: Tenant, documents_of: Documents, body: Any, status: int) -> None:
    """S-42: what is wrong is refused, and leaves nothing behind."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    assert ada.post(at(talked, "messages"), json=body).status_code == status
    assert documents_of(tenant, MESSAGES) == []
    assert seen(bob, talked)["unread"] == 0


def test_who_may_not_say_anything(tenant: Tenant) -> None:
    """S-42: visitors, strangers, and the suspended; nor does anybody talk to who is suspended or is not there."""
    ada, bob, eve = people(tenant, 3)
    talked = talk(ada, bob)
    assert tenant.visitor.post(at(talked, "messages"), json={"text": "x"}).status_code == 401
    assert eve.post(at(talked, "messages"), json={"text": "x"}).json()["code"] == "social.no_such_conversation"
    assert eve.post(f"/v1/social/conversations/{new_id()}/messages", json={"text": "x"}).status_code == 404
    assert eve.post("/v1/social/conversations/first/messages", json={"text": "x"}).status_code == 422
    set_person(tenant, ada, state="suspended")
    assert ada.post(at(talked, "messages"), json={"text": "x"}).json()["code"] == "social.not_active"
    assert bob.post(at(talked, "messages"), json={"text": "x"}).json()["code"] == "social.not_reachable"


@pytest.mark.parametrize("name", [None, "Climbers"])
def test_one_order_for_all(tenant: Tenant, name: str | None) -> None:
    """S-42, I11: however many say something at once, all read it in the same order, nothing lost and nothing twice."""
    callers = people(tenant, 2 if name is None else 4)
    talked = talk(callers[0], *callers[1:], name=name)
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda turn: say(callers[turn % len(callers)], talked, str(turn)), range(24)))
    orders = [[each["id"] for each in heard(caller, talked, limit=100)] for caller in callers]
    assert all(order == orders[0] for order in orders)
    assert sorted(orders[0]) == sorted(each["id"] for each in sent)
    numbers = [each["seq"] for each in heard(callers[0], talked, after=0, limit=100)]
    assert numbers == sorted(set(numbers))
    if name is None:
        assert numbers == list(range(1, 25))


def test_the_channels_keep_the_order(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I11, I12: what each is told on their channel, in its order, is what they read."""
    callers = people(tenant, 3)
    group = talk(*callers, name="Climbers")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda turn: say(callers[turn % 3], group, str(turn)), range(12)))
    log = documents_of(tenant, CHANNEL_LOG)
    for caller in callers:
        assert told(log, caller, "message.sent") == [
            {**each, "client_id": None} for each in heard(caller, group, after=0)
        ]


def test_said_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I11: under one name of the sender's own a message is sent once, however often and at how many doors."""
    ada, bob = people(tenant, 2)
    talked, elsewhere = talk(ada, bob), talk(ada, bob, name="Us")
    body = {"text": "Once", "client_id": "phone-1"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ada.post(at(talked, "messages"), json=body), range(6)))
    assert sorted(each.status_code for each in answers) == [200] * 5 + [201]
    assert len({each.json()["id"] for each in answers}) == 1
    later = ada.post(at(talked, "messages"), json={"text": "Another", "client_id": "phone-1"})
    assert (later.status_code, later.json()["text"], later.json()["client_id"]) == (200, "Once", "phone-1")
    assert heard(bob, talked)[0]["client_id"] is None
    assert say(bob, talked, "Mine", client_id="phone-1")["text"] == "Mine"
    assert say(ada, elsewhere, "There", client_id="phone-1")["text"] == "There"
    assert len(documents_of(tenant, MESSAGES)) == 3
    assert len(told(documents_of(tenant, CHANNEL_LOG), bob, "message.sent")) == 3


def test_said_once_by_key(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: an Idempotency-Key does the same."""
    ada, bob = people(tenant, 2)
    talked, key = talk(ada, bob), {"Idempotency-Key": new_id().hex}
    answers = [ada.post(at(talked, "messages"), json={"text": "Once"}, headers=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(documents_of(tenant, MESSAGES)) == 1


def test_history(tenant: Tenant) -> None:
    """S-42, I18: pages by number, back from the newest, and on from the last one known; no hole, no repeat."""
    ada, bob = people(tenant, 2)
    group = talk(ada, bob, name="Us")
    sent = [say(ada, group, str(number)) for number in range(7)]
    found: list[str] = []
    before: int | None = None
    while True:
        params = {"limit": 3} if before is None else {"limit": 3, "before": before}
        page = bob.get(at(group, "messages"), params=params).json()
        found += texts(page["items"])
        before = page["next"]
        if before is None:
            break
        say(bob, group, "meanwhile")
    assert found == ["6", "5", "4", "3", "2", "1", "0"]
    missed = bob.get(at(group, "messages"), params={"after": sent[2]["seq"], "limit": 2}).json()
    assert (texts(missed["items"]), missed["next"]) == (["3", "4"], sent[4]["seq"])
    between = {"after": sent[1]["seq"], "before": sent[4]["seq"]}
    assert texts(heard(bob, group, **between)) == ["2", "3"]
    for wrong in ({"before": 0}, {"after": -1}, {"limit": 0}, {"limit": 101}, {"before": "x"}, {"after": 2**60}):
        assert bob.get(at(group, "messages"), params=wrong).status_code == 422


def test_answers(tenant: Tenant) -> None:
    """S-42: a message answers to another one of the same conversation that is still there."""
    ada, bob, eve = people(tenant, 3)
    talked, group = talk(ada, bob), talk(ada, bob, eve, name="Us")
    first, stray = say(ada, talked, "Six?"), say(ada, group, "Elsewhere")
    answer = say(bob, talked, "Seven", reply_to=first["id"])
    assert answer["reply_to"] == first["id"]
    assert heard(ada, talked)[0]["reply_to"] == first["id"]
    assert ada.delete(at(first)).status_code == 204
    for wrong in (stray, first):
        refused = bob.post(at(talked, "messages"), json={"text": "x", "reply_to": wrong["id"]})
        assert (refused.status_code, refused.json()["code"]) == (404, "social.no_such_message")


def test_edits(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I28: an edit names its version; what was said before is kept; all readers are told."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    sent = say(ada, talked, "Six")
    edited = ada.patch(at(sent), json={"text": "Seven"}, headers={"If-Match": '"1"'})
    assert edited.status_code == 200, edited.text
    shown = edited.json()
    assert (shown["text"], shown["state"], shown["version"], shown["seq"]) == ("Seven", "edited", 2, sent["seq"])
    assert heard(bob, talked) == [shown]
    assert ada.patch(at(sent), json={"text": "Eight"}, headers={"If-Match": '"1"'}).status_code == 412
    refused = bob.patch(at(sent), json={"text": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_your_message")
    for body in ({}, {"text": ""}, {"text": 7}, {"text": "x" * 5001}, {"text": "x", "seq": 1}):
        assert ada.patch(at(sent), json=body).status_code == 422
    assert ada.patch(at(sent), json={"text": "Seven"}).json()["version"] == 2
    versions = bob.get(at(sent, "versions")).json()["items"]
    assert [(each["version"], each["text"]) for each in versions] == [(2, "Seven"), (1, "Six")]
    assert told(documents_of(tenant, CHANNEL_LOG), bob, "message.edited") == [shown]


def test_edits_at_once(tenant: Tenant) -> None:
    """S-42, I28: of edits of one version one is done; the chain of versions has no gap."""
    ada, bob = people(tenant, 2)
    sent = say(ada, talk(ada, bob))
    with ThreadPoolExecutor(4) as pool:
        send = {"headers": {"If-Match": '"1"'}}
        answers = list(pool.map(lambda turn: ada.patch(at(sent), json={"text": f"To {turn}"}, **send), range(4)))
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
    assert [each["version"] for each in bob.get(at(sent, "versions")).json()["items"]] == [2, 1]


def test_taking_back(tenant: Tenant, documents_of: Documents) -> None:
    """S-42, I19: the words are gone at once, everywhere: from history, search, versions and logs; the place stays."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    sent = say(ada, talked, "Marzipan", file_ids=[a_file(ada)])
    ada.patch(at(sent), json={"text": "More marzipan"})
    refused = bob.delete(at(sent))
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_your_message")
    assert ada.delete(at(sent), headers={"If-Match": '"1"'}).status_code == 412
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(lambda _: ada.delete(at(sent)).status_code, range(3))) == {204}
    [place] = heard(bob, talked)
    assert (place["state"], place["text"], place["html"], place["files"]) == ("deleted", "", "", [])
    assert (place["seq"], place["author"]["id"]) == (sent["seq"], ada.account_id)
    assert bob.get(at(sent, "versions")).json()["items"] == []
    assert bob.get(f"{MESSAGES_HERE}/search", params={"q": "marzipan"}).json()["items"] == []
    assert seen(bob, talked)["unread"] == 0
    assert ada.patch(at(sent), json={"text": "Again"}).json()["code"] == "social.message_deleted"
    log = documents_of(tenant, CHANNEL_LOG)
    assert "arzipan" not in str([documents_of(tenant, each) for each in (MESSAGES, MESSAGE_VERSIONS)] + log)
    gone = {"id": sent["id"], "conversation_id": talked["id"], "seq": sent["seq"]}
    assert told(log, bob, "message.deleted") == [gone]


def test_those_who_look_after_a_group(tenant: Tenant) -> None:
    """S-42: owner and admins take back what members say in a group; nobody does in a conversation of two."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, eve, name="Us")
    one, other = say(bob, group), say(bob, group)
    assert eve.delete(at(one)).status_code == 403
    assert ada.delete(at(one)).status_code == 204
    ada.put(at(group, "members", eve.account_id), json={"role": "admin"})
    assert eve.delete(at(other)).status_code == 204
    assert [each["state"] for each in heard(bob, group)] == ["deleted", "deleted"]
    assert ada.delete(at(say(bob, talk(ada, bob)))).status_code == 403


def test_files(tenant: Tenant) -> None:
    """S-42: a file goes along, also without words, and is read by those who read the message, by nobody else."""
    ada, bob, eve = people(tenant, 3)
    talked, file_id = talk(ada, bob), a_file(ada)
    sent = say(ada, talked, "", file_ids=[file_id, file_id])
    assert (sent["text"], [each["id"] for each in sent["files"]]) == ("", [file_id])
    there = sent["files"][0]["url"]
    for reader in (ada, bob):
        answer = reader.get(there)
        assert (answer.status_code, answer.content) == (200, b"Bring the rope.")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    part = bob.get(there, headers={"Range": "bytes=6-8"})
    assert (part.status_code, part.content) == (206, b"the")
    assert eve.get(there).status_code == 404
    assert tenant.visitor.get(there).status_code == 401
    assert bob.get(f"/v1/core/files/{file_id}/content").status_code == 404
    missing = bob.get(at(sent, "files", str(new_id())))
    assert (missing.status_code, missing.json()["code"]) == (404, "social.no_such_attachment")
    refused = bob.post(at(talked, "messages"), json={"text": "Mine", "file_ids": [file_id]})
    assert (refused.status_code, refused.json()["code"]) == (404, "social.no_such_attachment")
    assert ada.delete(at(sent)).status_code == 204
    assert bob.get(there).status_code == 404


def search(caller: Caller, q: str, **params: Any) -> dict[str, Any]:
    answer = caller.get(f"{MESSAGES_HERE}/search", params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_search(tenant: Tenant) -> None:
    """S-42: words that all stand in a message, of one's own conversations only, the newest first."""
    ada, bob, eve = people(tenant, 3)
    talked, group = talk(ada, bob), talk(ada, eve, name="Us")
    say(ada, talked, "The Ripe medlars")
    say(bob, talked, "Unripe quinces")
    say(eve, group, "ripe quinces, RIPE medlars")
    assert texts(search(ada, "ripe MEDLARS")["items"]) == ["ripe quinces, RIPE medlars", "The Ripe medlars"]
    assert texts(search(bob, "ripe")["items"]) == ["The Ripe medlars"]
    assert search(bob, "ripe quinces") == {"items": [], "next": None}
    assert search(bob, "?!") == {"items": [], "next": None}
    first = search(ada, "medlars", limit=1)
    then = search(ada, "medlars", limit=1, cursor=first["next"])
    assert texts(first["items"] + then["items"]) == ["ripe quinces, RIPE medlars", "The Ripe medlars"]
    assert then["next"] is None
    for wrong in ({}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "limit": 0}):
        assert ada.get(f"{MESSAGES_HERE}/search", params=wrong).status_code == 422
    assert ada.get(f"{MESSAGES_HERE}/search", params={"q": "x", "cursor": first["next"]}).status_code == 400
    added = ada.post(at(group, "members"), json={"people": [bob.account_id]})
    assert added.status_code == 200
    assert search(bob, "ripe quinces")["items"] == []
    say(eve, group, "More quinces")
    assert texts(search(bob, "quinces")["items"]) == ["More quinces", "Unripe quinces"]
