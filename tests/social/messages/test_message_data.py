"""What people have said in conversations is told to them, and goes with them."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

from fourfold.social.channels.documents import CHANNEL_LOG
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGE_VERSIONS, MESSAGES
from tests.builders.chat import at, heard, members_of, say, seen, talk, texts
from tests.builders.ties import people
from tests.conftest import PASSWORD, Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
EXPORTS = "/v1/core/me/exports"


def exported(caller: Caller, eventually: Callable[..., Any]) -> dict[str, Any]:
    path = f"{EXPORTS}/{caller.post(EXPORTS).json()['id']}"
    eventually(lambda: caller.get(path).json()["status"] == "done")
    archive = zipfile.ZipFile(io.BytesIO(caller.get(f"{path}/content").content))
    return dict(json.loads(archive.read("data.json"))["data"])


def test_people_get_what_they_said(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-42, I10, B-52: their own words and conversations, not the words of others."""
    ada, bob = people(tenant, 2)
    group = talk(ada, bob, name="Climbers")
    say(ada, group, "Mine")
    say(bob, group, "Theirs")
    told = exported(ada, eventually)["social.messages"]
    assert texts(told["messages"]) == ["Mine"]
    assert [(each["id"], each["name"], each["role"]) for each in told["conversations"]] == [
        (group["id"], "Climbers", "owner")
    ]


def test_who_is_erased_is_gone(tenant: Tenant, eventually: Callable[..., Any], documents_of: Documents) -> None:
    """S-42, I10, B-52: words, versions, places and what the logs held; others keep what they said themselves."""
    ada, bob, eve = people(tenant, 3)
    assert ada.put("/v1/social/me/handle", json={"handle": "ada_of_chat"}).status_code == 200
    group, talked = talk(ada, bob, eve, name="Climbers"), talk(ada, bob)
    alone = talk(ada, eve, name="Alone")
    eve.delete(at(alone, "members", eve.account_id))
    sent = say(ada, group, "Marzipan")
    ada.patch(at(sent), json={"text": "More marzipan"})
    say(ada, talked, "Marzipan as well")
    say(ada, alone, "Marzipan alone")
    say(bob, group, "Plums")
    assert ada.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}
    ended = f"/v1/core/accounts/{ada.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done")
    kept = [documents_of(tenant, each) for each in (MESSAGES, MESSAGE_VERSIONS, CHANNEL_LOG)]
    assert "arzipan" not in str(kept)
    assert "ada_of_chat" not in str(kept)
    whole = UUID(ada.account_id)
    assert [each for each in documents_of(tenant, MEMBERSHIPS) if each["person"] == whole] == []
    assert [each for each in documents_of(tenant, CONVERSATIONS) if whole in each["members"]] == []
    assert members_of(seen(eve, group)) == {bob.account_id: "owner", eve.account_id: "member"}
    [plums, place] = heard(eve, group)
    assert (plums["text"], place["state"], place["text"], place["author"]) == ("Plums", "deleted", "", None)
    assert members_of(seen(bob, talked)) == {bob.account_id: "member"}
    assert bob.post(at(talked, "messages"), json={"text": "x"}).json()["code"] == "social.not_reachable"
    eventually(lambda: UUID(alone["id"]) not in {each["_id"] for each in documents_of(tenant, CONVERSATIONS)})
