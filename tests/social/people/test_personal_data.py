"""What the community knows of a person is told to them, and forgotten."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.ties.documents import TIES
from tests.builders.ties import ME, PEOPLE_HERE, ask_friend, befriend, block, counts, edit, follow, people, way
from tests.conftest import PASSWORD, Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
EXPORTS = "/v1/core/me/exports"


def exported(caller: Caller, eventually: Callable[..., Any]) -> dict[str, Any]:
    """What a person's export holds."""
    path = f"{EXPORTS}/{caller.post(EXPORTS).json()['id']}"
    eventually(lambda: caller.get(path).json()["status"] == "done")
    archive = zipfile.ZipFile(io.BytesIO(caller.get(f"{path}/content").content))
    return dict(json.loads(archive.read("data.json"))["data"])


def test_people_get_what_is_known_of_them(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-01, B-52: profile, handles and ties, but not who has blocked them."""
    person, friend, blocker, blocked = people(tenant, 4)
    edit(person, name="Ada", bio="Poetical science.", settings={"follow": "nobody"})
    person.put(f"{ME}/handle", json={"handle": "ada"})
    befriend(person, friend)
    block(blocker, person)
    block(person, blocked)
    told = exported(person, eventually)
    profile = told["social.people"]
    assert (profile["name"], profile["bio"], profile["settings"]) == ("Ada", "Poetical science.", {"follow": "nobody"})
    assert "ada" in profile["handles"]
    assert len(profile["handles"]) == 2
    ties = {each["person"]: (each["friend"], each["block"]) for each in told["social.ties"]}
    assert ties == {friend.account_id: ("friends", False), blocked.account_id: ("no", True)}


def test_who_is_erased_is_gone(tenant: Tenant, eventually: Callable[..., Any], documents_of: Documents) -> None:
    """I10, I23, B-52: name, handles and ties; others' counts are as if they had never been there."""
    person, friend, follower, asked = people(tenant, 4)
    edit(person, name="Ada Lovelace", bio="Poetical science.")
    person.put(f"{ME}/handle", json={"handle": "ada_lovelace"})
    befriend(person, friend)
    follow(follower, person)
    follow(person, follower)
    ask_friend(person, asked)
    assert person.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}
    ended = f"/v1/core/accounts/{person.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done")
    for viewer in (friend, tenant.owner, tenant.visitor):
        assert viewer.get(way(person)).status_code == 404
        assert viewer.get(f"{PEOPLE_HERE}/ada_lovelace").status_code == 404
    assert [counts(each, each) for each in (friend, follower, asked)] == [(0, 0, 0)] * 3
    assert asked.get("/v1/social/friend-requests").json()["items"] == []
    whole = UUID(person.account_id)
    assert [each for each in documents_of(tenant, TIES) if whole in {each["u"], each["v"]}] == []
    assert [each for each in documents_of(tenant, CLAIMS) if each["person"] == whole] == []
    [left] = [each for each in documents_of(tenant, PEOPLE) if each["_id"] == whole]
    assert "ovelace" not in str(left)
    assert "science" not in str(left)
    assert friend.put(way(person, "follow")).status_code == 404
    assert friend.put(f"{ME}/handle", json={"handle": "ada_lovelace"}).status_code == 200
