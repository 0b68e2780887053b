"""Messages are kept as long as their tenant says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.ids import first_id_at
from fourfold.ground.work import Desk
from fourfold.social.channels.documents import CHANNEL_LOG
from fourfold.social.messages.documents import CONVERSATIONS, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.forget import AllMessages, erase_outdated_messages
from tests.builders.at_work import at_work
from tests.builders.chat import MESSAGES_HERE, at, heard, listed, say, seen, talk, texts, told
from tests.builders.chosen import choose
from tests.builders.community import put
from tests.builders.ties import people
from tests.conftest import Tenant

Documents = Callable[..., list[dict[str, Any]]]
MONTH = timedelta(days=31)


async def keep(desk: Desk) -> None:
    """What is done each night."""
    await erase_outdated_messages.act(desk, AllMessages())


async def keep_twice(desk: Desk) -> None:
    """The same by two workers at once."""
    await asyncio.gather(keep(desk), keep(desk))


def test_messages_are_kept_for_a_while(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-83: those that have had their time are gone with what they said before; others hear it as a deletion."""
    one, other = people(tenant, 2)
    stranger, friend = people(other_tenant, 2)
    elsewhere = talk(stranger, friend)
    say(stranger, elsewhere, "Not yours")
    both = talk(one, other)
    first = say(one, both, "A secret")
    assert one.patch(at(first), json={"text": "Another secret"}).status_code == 200
    second = say(other, both, "Indeed", reply_to=first["id"])
    at_work(tenant, keep, MONTH)
    choose(tenant, keep_messages_days=30)
    at_work(tenant, keep)
    assert texts(heard(one, both)) == ["Indeed", "Another secret"]
    at_work(tenant, keep_twice, MONTH)
    assert (heard(one, both), documents_of(tenant, MESSAGES), documents_of(tenant, MESSAGE_VERSIONS)) == ([], [], [])
    for caller in (one, other):
        assert [each["id"] for each in listed(caller)] == [both["id"]]
        assert (seen(caller, both)["last_message"], seen(caller, both)["unread"]) == (None, 0)
        gone = told(documents_of(tenant, CHANNEL_LOG), caller, "message.deleted")
        assert sorted(each["id"] for each in gone) == sorted([first["id"], second["id"]])
    assert one.get(at(first)).json()["code"] == "social.no_such_message"
    third = say(one, both, "And now")
    assert third["seq"] > second["seq"]
    assert seen(other, both)["last_message"]["text"] == "And now"
    assert texts(heard(stranger, elsewhere)) == ["Not yours"]


def said_long_ago(tenant: Tenant, documents_of: Documents, like: dict[str, Any], seq: int) -> str:
    """A message like another one, as it would be if it had been sent before."""
    [row] = [each for each in documents_of(tenant, MESSAGES) if str(each["_id"]) == like["id"]]
    old = UUID(int=first_id_at(datetime.now(UTC) - MONTH).int + seq)
    fields = {name: value for name, value in row.items() if name not in {"_id", "t"}}
    put(tenant, MESSAGES, {"_id": old}, {**fields, "seq": seq, "client_id": str(old), "text": "Long ago"})
    put(tenant, CONVERSATIONS, {"_id": row["conversation"]}, {"last": old, "seq": seq})
    return str(old)


def test_what_is_left_is_shown_rightly(tenant: Tenant, documents_of: Documents) -> None:
    """S-83: a conversation shows the last of what is kept; an answer names what is gone, which is not there."""
    one, other = people(tenant, 2)
    both = talk(one, other)
    first = say(one, both, "Who comes?")
    said_long_ago(tenant, documents_of, first, 2)
    assert seen(other, both)["last_message"]["text"] == "Long ago"
    choose(tenant, keep_messages_days=30)
    at_work(tenant, keep)
    assert (seen(other, both)["last_message"]["text"], seen(other, both)["unread"]) == ("Who comes?", 1)
    old = said_long_ago(tenant, documents_of, first, 3)
    say(other, both, "I do", reply_to=old)
    at_work(tenant, keep)
    answer, question = heard(one, both)
    assert [answer["text"], answer["reply_to"], question["text"]] == ["I do", old, "Who comes?"]
    assert one.get(f"{MESSAGES_HERE}/{old}").json()["code"] == "social.no_such_message"
