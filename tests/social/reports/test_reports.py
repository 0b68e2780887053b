"""Reports over HTTP: who may make them of what, what is kept with them, who reads and closes them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.reports.documents import REPORTS
from tests.builders.chat import MESSAGES_HERE, say, talk
from tests.builders.chosen import choose
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, repost, write
from tests.builders.ties import block, edit
from tests.conftest import Caller, Tenant

HERE = "/v1/social/reports"


def report(caller: Caller, kind: str, thing_id: str, reason: str = "spam", **rest: Any) -> dict[str, Any]:
    """The caller's report, as the answer shows it; `status` is 201 for a new one."""
    answer = caller.post(HERE, json={"kind": kind, "id": thing_id, "reason": reason, **rest})
    assert answer.status_code in {200, 201}, answer.text
    return {**answer.json(), "status": answer.status_code}


def listed(moderator: Caller, **asked: Any) -> list[dict[str, Any]]:
    """What the moderator reads, on all pages."""
    found: list[dict[str, Any]] = []
    following: dict[str, Any] = {}
    while True:
        answer = moderator.get(HERE, params={**asked, **following})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        following = {"cursor": answer.json()["next"]}


def whole(moderator: Caller, made: dict[str, Any]) -> dict[str, Any]:
    """A report with its evidence."""
    answer = moderator.get(f"{HERE}/{made['id']}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return dict(answer.json())


def evidence(moderator: Caller, made: dict[str, Any]) -> list[tuple[int, str]]:
    """Versions and texts of what was to be seen."""
    return [(each["version"], each["text"]) for each in whole(moderator, made)["evidence"]]


def test_each_kind(tenant: Tenant) -> None:
    """S-07: people, posts, comments and messages, with what they said, whose they are, and what belongs to them."""
    one, other = joined(tenant, 2)
    moderator = tenant.sign_up("moderator")
    edit(other, name="Mallory", bio="Buy here", location="Nowhere", fields={"location": "friends"})
    post = write(other, "Buy *now*")
    said = comment(other, post, "Really")
    conversation = talk(other, one)
    message = say(other, conversation, "Psst")
    things = {"person": other.account_id, "post": post["id"], "comment": said["id"], "message": message["id"]}
    made = {kind: report(one, kind, thing_id, text=f" A {kind} ") for kind, thing_id in things.items()}
    assert {kind: (each["kind"], each["target_id"], each["text"]) for kind, each in made.items()} == {
        kind: (kind, thing_id, f"A {kind}") for kind, thing_id in things.items()
    }
    shown = {kind: whole(moderator, each) for kind, each in made.items()}
    for kind, each in shown.items():
        assert (each["by"]["id"], each["about"]["id"]) == (one.account_id, other.account_id), kind
        assert (each["state"], each["reporters"], each["reason"]) == ("open", 1, "spam")
    seen = {kind: each["evidence"][0] for kind, each in shown.items()}
    assert [seen[kind]["text"] for kind in things] == ["", "Buy *now*", "Really", "Psst"]
    assert {each["author_id"] for each in seen.values()} == {other.account_id}
    fields = seen["person"]["fields"]
    assert (fields["name"], fields["bio"], "location" in fields) == ("Mallory", "Buy here", False)
    assert (seen["post"]["audience"], seen["comment"]["post_id"]) == ("public", post["id"])
    assert seen["message"]["conversation_id"] == conversation["id"]


def test_evidence_stays_as_it_was(tenant: Tenant) -> None:
    """S-07: whatever the author does afterwards, to the post, the comment, the message and themselves."""
    one, other = joined(tenant, 2)
    moderator = tenant.sign_up("moderator")
    post = write(other, "Bad words")
    said = comment(other, post, "Worse words")
    message = say(other, talk(other, one), "Worst words")
    made = [
        report(one, kind, each["id"], "harassment")
        for kind, each in (("post", post), ("comment", said), ("message", message))
    ]
    places = [f"{POSTS_HERE}/{post['id']}", f"{COMMENTS_HERE}/{said['id']}", f"{MESSAGES_HERE}/{message['id']}"]
    for place in places:
        assert other.patch(place, json={"text": "Nice words"}).status_code == 200
    for place in reversed(places):
        assert other.delete(place).status_code == 204
    assert [evidence(moderator, each) for each in made] == [
        [(1, "Bad words")],
        [(1, "Worse words")],
        [(1, "Worst words")],
    ]


def test_reported_again(tenant: Tenant) -> None:
    """S-07: the same report with other words, once for each person; what it says by now comes behind what it said."""
    one, other, third = joined(tenant, 3)
    moderator = tenant.sign_up("moderator")
    post = write(other, "First")
    made = report(one, "post", post["id"], text="Look")
    again = report(one, "post", post["id"], "hate", text="Look again")
    assert (made["status"], again["status"], again["id"]) == (201, 200, made["id"])
    assert (again["reason"], again["text"]) == ("hate", "Look again")
    assert evidence(moderator, made) == [(1, "First")]
    other.patch(f"{POSTS_HERE}/{post['id']}", json={"text": "Second"})
    report(one, "post", post["id"], "hate", text="Still")
    assert evidence(moderator, made) == [(1, "First"), (2, "Second")]
    for number in range(3, 9):
        other.patch(f"{POSTS_HERE}/{post['id']}", json={"text": f"Number {number}"})
        report(one, "post", post["id"], "hate")
    assert [version for version, _ in evidence(moderator, made)] == [1, 5, 6, 7, 8]
    theirs = report(third, "post", post["id"])
    assert theirs["id"] != made["id"]
    assert [each["reporters"] for each in listed(moderator)] == [2, 2]


def test_at_the_same_time(tenant: Tenant, documents_of: Callable[..., list[dict[str, Any]]]) -> None:
    """S-07, I32: one report per person counts once, also when it comes ten times at once."""
    one, other, third = joined(tenant, 3)
    body = {"kind": "post", "id": write(other)["id"], "reason": "spam"}
    with ThreadPoolExecutor(5) as threads:
        answers = [threads.submit(each.post, HERE, json=body) for each in (one, third) * 5]
    assert sorted(each.result().status_code for each in answers) == [200] * 8 + [201] * 2
    assert len(documents_of(tenant, REPORTS)) == 2


def test_a_repost_is_its_original(tenant: Tenant) -> None:
    """S-07: whoever reports what is passed on means what it says, and whoever said it."""
    one, other, author = joined(tenant, 3)
    post = write(author, "Bad words")
    made = report(one, "post", repost(other, post)["id"])
    assert made["target_id"] == post["id"]
    assert whole(tenant.owner, made)["about"]["id"] == author.account_id


def test_only_what_one_sees(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-07, I4, I8: what is not for the caller is as what is not there; nobody reports themselves."""
    one, other, third = joined(tenant, 3)
    private, own = write(other, audience="me"), write(one)
    message = say(other, talk(other, third))
    block(third, one)
    hidden = {
        "post": [private["id"], own["id"].upper().replace(own["id"][-4:].upper(), "0000")],
        "comment": [comment(other, private)["id"]], "message": [message["id"]],
        "person": [third.account_id, other_tenant.owner.account_id],
    }  # fmt: skip
    for kind, things in hidden.items():
        bodies = []
        for thing_id in (*things, str(new_id())):
            answer = one.post(HERE, json={"kind": kind, "id": thing_id, "reason": "spam"})
            assert (answer.status_code, answer.json()["code"]) == (404, f"social.no_such_{kind}")
            bodies.append({**answer.json(), "request_id": ""})
        assert all(each == bodies[0] for each in bodies)
    for kind, thing_id in (("post", own["id"]), ("person", one.account_id)):
        answer = one.post(HERE, json={"kind": kind, "id": thing_id, "reason": "spam"})
        assert (answer.status_code, answer.json()["code"]) == (409, "social.yourself")
    assert tenant.visitor.post(HERE, json={"kind": "post", "id": own["id"], "reason": "spam"}).status_code == 401
    assert listed(other_tenant.owner) == listed(tenant.owner) == []


def test_a_block_does_not_end_it(tenant: Tenant) -> None:
    """S-07: whoever was blocked since is reported all the same, and may be again; the report is still read."""
    one, other = joined(tenant, 2)
    post = write(other, "Bad words")
    made = report(one, "post", post["id"])
    block(one, other)
    assert report(one, "post", post["id"], text="More")["id"] == made["id"]
    assert report(one, "person", other.account_id)["status"] == 201
    assert report(one, "post", post["id"], text="Even more")["text"] == "Even more"
    assert {each["id"] for each in listed(tenant.owner, about=other.account_id)} >= {made["id"]}
    assert evidence(tenant.owner, made) == [(1, "Bad words")]


def test_who_is_reported_does_not_learn_of_it(tenant: Tenant) -> None:
    """S-07: neither as a member, nor as a moderator: what is about them is for others to decide."""
    one, other = joined(tenant, 2)
    moderator = tenant.sign_up("moderator")
    write(moderator)
    made, theirs = report(one, "person", moderator.account_id), report(one, "person", other.account_id)
    for answer in (other.get(HERE), other.get(f"{HERE}/{theirs['id']}"), one.get(f"{HERE}/{made['id']}")):
        assert answer.status_code == 403
    for answer in (
        moderator.get(f"{HERE}/{made['id']}"),
        moderator.post(f"{HERE}/{made['id']}/close", json={"outcome": "dismissed"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_report")
    assert [each["id"] for each in listed(moderator)] == [theirs["id"]]
    assert listed(moderator, about=moderator.account_id) == []
    assert {each["id"] for each in listed(tenant.owner)} == {made["id"], theirs["id"]}
    assert one.account_id not in other.get("/v1/social/notifications").text


def test_lists(tenant: Tenant) -> None:
    """S-07: by state, kind, reason, thing and person; pages from the latest to the first, each report once."""
    one, other = joined(tenant, 2)
    posts = [write(other, str(number)) for number in range(5)]
    made = [report(one, "post", each["id"], "spam" if number % 2 else "hate") for number, each in enumerate(posts)]
    person = report(one, "person", other.account_id, "impersonation")
    ids = [each["id"] for each in reversed([*made, person])]
    assert [each["id"] for each in listed(tenant.owner, limit=2)] == ids
    assert [each["id"] for each in listed(tenant.owner, kind="person")] == [person["id"]]
    assert {each["id"] for each in listed(tenant.owner, reason="spam", limit=1)} == {made[1]["id"], made[3]["id"]}
    assert [each["id"] for each in listed(tenant.owner, target_id=posts[2]["id"])] == [made[2]["id"]]
    assert [each["id"] for each in listed(tenant.owner, about=other.account_id)] == ids
    assert listed(tenant.owner, about=one.account_id) == listed(tenant.owner, state="acted") == []
    cursor = tenant.owner.get(HERE, params={"limit": 1}).json()["next"]
    assert tenant.owner.get(HERE, params={"cursor": cursor, "kind": "post"}).json()["code"] == "bad_cursor"
    for bad in (
        {"state": "new"},
        {"kind": "dog"},
        {"reason": "$ne"},
        {"target_id": "x"},
        {"about[$ne]": "x", "limit": 0},
    ):
        assert tenant.owner.get(HERE, params=bad).status_code == 422


def test_closing(tenant: Tenant, admin_sql: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    """S-07: with a note, once, by the version that was read; it is audited and told; reported again it is open."""
    one, other = joined(tenant, 2)
    moderator = tenant.sign_up("moderator")
    made = report(one, "post", write(other)["id"])
    there = f"{HERE}/{made['id']}/close"
    assert one.post(there, json={"outcome": "acted"}).status_code == 403
    assert moderator.post(there, json={"outcome": "acted"}, headers={"If-Match": '"7"'}).status_code == 412
    closed = moderator.post(there, json={"outcome": "acted", "note": "Hidden"}, headers={"If-Match": '"1"'})
    assert closed.status_code == 200, closed.text
    told = closed.json()
    assert (told["state"], told["note"], told["closed_by"], told["version"]) == (
        "acted", "Hidden", moderator.account_id, 2,
    )  # fmt: skip
    assert moderator.post(there, json={"outcome": "dismissed"}).json()["code"] == "social.closed_already"
    assert [each["id"] for each in listed(moderator, state="acted")] == [made["id"]]
    report(one, "post", made["target_id"], text="Again")
    opened = whole(moderator, made)
    assert (opened["state"], opened["closed_by"], opened["text"]) == ("open", None, "Again")
    sql = "SELECT type FROM ground.event WHERE tenant_id = $1 AND type ~ '^social.report' ORDER BY id"
    wanted = ["social.report.made", "social.report.closed", "social.report.made"]
    eventually(lambda: [row["type"] for row in admin_sql(sql, tenant.id)] == wanted)

    def audited() -> list[dict[str, Any]]:
        entries = tenant.owner.get("/v1/business/audit", params={"target": f"report:{made['id']}"}).json()["items"]
        return [each for each in entries if each["after"] == {"state": "acted"}]

    [entry] = eventually(audited)
    assert (entry["before"], entry["outcome"]) == ({"state": "open"}, "done")


BAD = [
    {}, {"kind": "dog"}, {"kind": {"$gt": ""}}, {"id": "x"}, {"id": None}, {"id": {"$ne": 1}}, {"reason": "bad"},
    {"reason": None}, {"text": "x" * 2001}, {"text": 5}, {"text": "a\u202eb"}, {"by": "me"},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_refusals(tenant: Tenant, wrong: dict[str, Any]) -> None:
    """S-07, T11: what is nothing to be reported, no reason and no text is refused, and the field is named."""
    [other] = joined(tenant, 1)
    right = {"kind": "person", "id": other.account_id, "reason": "spam"}
    answer = tenant.owner.post(HERE, json={**right, **wrong} if wrong else {})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].split(".")[0] in {*right, "text", "by"}
    if not wrong:
        made = report(tenant.owner, "person", other.account_id)
        there = f"{HERE}/{made['id']}/close"
        for bad in ({}, {"outcome": "open"}, {"outcome": "acted", "note": "x" * 2001}, {"outcome": ["acted"]}):
            assert tenant.owner.post(there, json=bad).status_code == 422


def test_so_much_is_not_wrong(tenant: Tenant) -> None:
    """S-07, S-83: a day has room for so many reports; what was reported before may still get other words."""
    choose(tenant, limit_reports="2/24h", new_account_hours=0)
    one, other = joined(tenant, 2)
    posts = [write(other)["id"] for _ in range(3)]
    for each in posts[:2]:
        report(one, "post", each)
    answer = one.post(HERE, json={"kind": "post", "id": posts[2], "reason": "spam"})
    assert (answer.status_code, answer.json()["code"]) == (429, "social.too_often")
    assert answer.headers["Retry-After"]
    assert report(one, "post", posts[0], text="Still")["text"] == "Still"
