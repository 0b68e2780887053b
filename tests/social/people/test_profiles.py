"""Profiles over HTTP: oneself, what others see of it, settings, versions, pictures, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.community import sees, set_person, write
from tests.builders.ties import ME, PEOPLE_HERE, a_picture, befriend, edit, follow, is_as_missing, people, way
from tests.conftest import Tenant

WELCOMED = """
SELECT FROM ground.inbox i JOIN ground.event e ON e.tenant_id = i.tenant_id AND e.id = i.event_id
WHERE i.reaction = 'social.people.welcome_person' AND e.subject = $1
"""
ABOUT = {"bio": "Poetical science.", "links": ["https://example.com/ada"], "location": "London"}


def test_whoever_asks_is_a_person(tenant: Tenant) -> None:
    """S-01, S-02: with the account's name, a handle of their own, and settings that are open."""
    person = tenant.sign_up()
    answer = person.get(ME)
    assert answer.status_code == 200, answer.text
    me = answer.json()
    assert (me["id"], me["name"], me["visibility"], me["state"]) == (
        person.account_id, "Customer", "public", "active",
    )  # fmt: skip
    assert me["handle"].startswith("customer")
    assert me["counts"] == {"followers": 0, "following": 0, "friends": 0, "posts": 0}
    assert me["settings"] == {
        "follow": "everyone", "message": "everyone", "mention": "everyone", "find": "everyone",
        "find_by_email": "nobody", "find_by_phone": "nobody",
        "connections": "everyone", "presence": "everyone",
    }  # fmt: skip
    assert me["fields"] == {"bio": "public", "links": "public", "location": "public"}
    assert person.get(ME).json() == me
    assert tenant.visitor.get(ME).status_code == 401


def test_editing_oneself(tenant: Tenant) -> None:
    """S-01: what is given changes, what is left out stays; the former version can no longer be edited."""
    [person, other] = people(tenant, 2)
    tag = person.get(ME).headers["ETag"]
    changed = person.patch(ME, json={"name": " Ada  Lovelace ", **ABOUT}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    me = changed.json()
    assert (me["name"], me["version"], {name: me[name] for name in ABOUT}) == ("Ada Lovelace", 2, ABOUT)
    late = person.patch(ME, json={"bio": "Lost"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert edit(person, bio="")["version"] == 3
    assert edit(person)["version"] == 3
    shown = other.get(way(person)).json()
    assert (shown["bio"], shown["links"], shown["location"]) == ("", ABOUT["links"], "London")
    assert person.get(ME).json()["name"] == "Ada Lovelace"


def test_parts_of_a_profile_are_for_whom_they_say(tenant: Tenant) -> None:
    """S-01, S-02: public, followers, friends, oneself; also for visitors."""
    person, follower, friend, stranger = people(tenant, 4)
    follow(follower, person)
    befriend(friend, person)
    edit(person, **ABOUT)
    viewers = {"me": person, "friend": friend, "follower": follower, "stranger": stranger, "visitor": tenant.visitor}
    circles = {
        "public": set(viewers), "followers": {"me", "friend", "follower"}, "friends": {"me", "friend"}, "me": {"me"},
    }  # fmt: skip
    for circle, those in circles.items():
        edit(person, fields=dict.fromkeys(ABOUT, circle))
        shown = {name: viewer.get(way(person)).json() for name, viewer in viewers.items()}
        assert {name for name, each in shown.items() if each["bio"] == ABOUT["bio"]} == those
        assert {name for name, each in shown.items() if each["links"] is None} == set(viewers) - those
        assert {name for name, each in shown.items() if each["location"] is None} == set(viewers) - those
    assert (shown["visitor"]["you"], shown["me"]["you"]) == (None, None)
    assert shown["stranger"]["you"] == {"follow": "no", "followed": "no", "friend": "no", "muted": False}


def test_going_protected(tenant: Tenant) -> None:
    """S-02, I5: from then on only followers see what was public."""
    person, follower, stranger = people(tenant, 3)
    follow(follower, person)
    post = write(person)
    assert sees(stranger, post)
    edit(person, visibility="protected")
    assert (sees(follower, post), sees(stranger, post)) == (True, False)
    assert stranger.get(way(person)).json()["visibility"] == "protected"


def test_who_may_mention(tenant: Tenant) -> None:
    """S-02, S-64: whoever may not names nobody."""
    person, stranger = people(tenant, 2)
    handle = person.get(ME).json()["handle"]
    assert write(stranger, f"@{handle}")["mentions"] != []
    edit(person, settings={"mention": "followers"})
    assert write(stranger, f"@{handle}")["mentions"] == []
    follow(stranger, person)
    assert write(stranger, f"@{handle}")["mentions"] != []
    assert person.get(ME).json()["settings"]["mention"] == "followers"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": "   "}, {"name": "\u200b"}, {"name": "x" * 101}, {"name": None}, {"name": {"$ne": 1}},
        {"name": "Ada\u202e"}, {"bio": "x" * 2001}, {"bio": "\x00"}, {"links": ["javascript:alert(1)"]},
        {"links": ["https://a.example/ b"]}, {"links": ["https://a.example"] * 6}, {"location": 7},
        {"visibility": "hidden"}, {"settings": {"follow": "friends"}}, {"settings": {"more": "everyone"}},
        {"settings": None}, {"fields": {"bio": "everyone"}}, {"fields": {"name": "me"}}, {"state": "active"},
        {"badge": "me"}, {"counts": {}}, {"avatar_id": "x"}, [],
    ],
    ids=str,
)  # fmt: skip
def test_profiles_that_make_no_sense(tenant: Tenant, body: Any) -> None:
    """S-01: nothing changes."""
    before = tenant.owner.get(ME).json()
    assert tenant.owner.patch(ME, json=body).status_code == 422
    assert tenant.owner.get(ME).json() == before


def test_who_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-01, I4, I8: nobody, and people of another tenant, by id and by handle."""
    person, handle = tenant.owner, "only_here"
    person.put(f"{ME}/handle", json={"handle": handle})
    assert person.get(f"{PEOPLE_HERE}/nobody_here").json()["code"] == "social.no_such_person"
    assert is_as_missing(other_tenant.owner, "GET", f"{PEOPLE_HERE}/{{}}", person)
    assert other_tenant.owner.get(f"{PEOPLE_HERE}/{handle}").status_code == 404
    for wrong in ("x" * 65, "%00", "%F0%9F%99%82"):
        assert person.get(f"{PEOPLE_HERE}/{wrong}").status_code in {404, 422}
    assert person.get(f"{PEOPLE_HERE}/{handle.upper()}").json()["id"] == person.account_id


def test_suspended_people_are_not_there(tenant: Tenant) -> None:
    """S-28: but for staff; they see themselves, and change nothing."""
    person, other = people(tenant, 2)
    set_person(tenant, person, state="suspended")
    assert is_as_missing(other, "GET", f"{PEOPLE_HERE}/{{}}", person)
    assert tenant.owner.get(way(person)).status_code == 200
    assert person.get(ME).json()["state"] == "suspended"
    refused = [person.patch(ME, json={"bio": "x"}), person.put(way(other, "follow"))]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(403, "social.not_active")] * 2


def test_pictures(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-01: an avatar and a cover are files of one's own; they are gone for those for whom the person is."""
    person, other = people(tenant, 2)
    picture = a_picture(person)
    me = edit(person, avatar_id=picture, cover_id=picture)
    assert (me["avatar_url"], me["cover_url"]) == (way(person, "avatar"), way(person, "cover"))
    shown = other.get(way(person)).json()
    assert (shown["avatar_url"], shown["cover_url"]) == (me["avatar_url"], me["cover_url"])
    led = other.get(shown["avatar_url"])
    assert (led.status_code, led.headers["location"]) == (307, f"/v1/core/files/{picture}/content")
    assert tenant.visitor.get(led.headers["location"]).status_code == 200
    for wrong in (a_picture(other), a_picture(other_tenant.owner), str(new_id())):
        assert person.patch(ME, json={"avatar_id": wrong}).json()["code"] == "social.no_such_picture"
    other.put(way(person, "block"))
    assert is_as_missing(other, "GET", f"{PEOPLE_HERE}/{{}}/cover", person)
    edit(person, avatar_id=None)
    assert (person.get(ME).json()["avatar_url"], person.get(way(person, "avatar")).status_code) == (None, 404)


def test_people_join_as_they_register(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-01, S-03: and are found, unless the tenant has them come by themselves."""
    person = tenant.sign_up()
    eventually(lambda: tenant.owner.get(way(person)).status_code == 200)
    chosen = tenant.owner.patch("/v1/core/settings", json={"values": {"social.joining": "first_act"}})
    assert chosen.status_code == 200, chosen.text

    def stays_out() -> bool:
        account = tenant.sign_up()
        eventually(lambda: admin_sql(WELCOMED, account.account_id))
        return bool(tenant.owner.get(way(account)).status_code == 404)

    # The worker learns of the setting within a second.
    eventually(stays_out)
