"""What leaves: no secret in any answer, nothing of others from any cache, and cursors that serve their owner only."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.everything import Ids, one_of_everything
from tests.builders.rest import at_rest
from tests.conftest import Caller, Running, Tenant, _open_tenant
from tests.security.operations import JSON, Operation, document, operations

SECRET_NAME = re.compile(r"hash(?!tag)|secret|cipher|sealed|private|password|salt|internal|is_admin", re.IGNORECASE)
# Secrets that are meant for who gets them: the buyer's way to pay and to see an order without an account.
# `blurhash` is a picture seen from afar.
GIVEN = {"client_secret", "blurhash"}
# What proves that the audit log is whole: digests of what is no secret.
CHAIN = {"hash", "sealed", "salt"}
# What each look adds to, and so differs from one look to the next: the log of who has read, and the count of requests.
TOLD_OF_LOOKS = ("/v1/business/audit", "/v1/business/usage", "/v1/business/quota")
# Secrets that are shown once, to who makes them, and by no operation that reads.
SHOWN_ONCE = {"EnrolmentShape": {"secret"}}
SECRET_TEXT = re.compile(r"\$argon2|BEGIN [A-Z ]*PRIVATE KEY|ffr_[0-9a-f]{64}|Traceback \(most recent")


def names_in(value: Any) -> Iterator[str]:
    """Every name of a member, however deep; a column's whole name, as in the map of personal data, is none."""
    if isinstance(value, dict):
        for name, each in value.items():
            if "." not in str(name):
                yield str(name)
            yield from names_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from names_in(each)


@pytest.fixture(scope="module")
def stocked(running: Running) -> tuple[Tenant, Ids]:
    """A tenant with one of everything."""
    tenant = _open_tenant(running)
    return tenant, one_of_everything(tenant)


def reading() -> list[Operation]:
    """All operations that read."""
    return [each for each in operations() if each.method == "GET"]


def test_no_answer_holds_a_secret(stocked: tuple[Tenant, Ids]) -> None:
    """T30: no body, of success or refusal, names a hash, a secret or a ciphertext, or holds the text of one."""
    tenant, ids = stocked
    wrong = []
    for operation in reading():
        for chosen in (ids, {}):
            answer = operation.call(tenant.owner, chosen)
            found = set()
            if "json" in answer.headers.get("content-type", ""):
                told = [json.loads(line) for line in answer.text.splitlines()]
                found = {name for name in names_in(told) if SECRET_NAME.search(name)} - GIVEN - CHAIN
            text = SECRET_TEXT.search(answer.text) if not answer.content.startswith(b"%PDF") else None
            if found or text:
                wrong.append(f"{operation}: {sorted(found)} {text}")
    assert wrong == []


def test_no_schema_of_an_answer_names_a_secret() -> None:
    """T30: the document promises no such field either."""
    schemas = document()["components"]["schemas"]
    told: dict[str, set[str]] = {}
    waiting = [(str(each), each.told["responses"]) for each in operations()]
    seen = set()
    while waiting:
        where, part = waiting.pop()
        for name in re.findall(r"#/components/schemas/([^\"]+)", json.dumps(part)):
            if name not in seen:
                seen.add(name)
                waiting.append((name, schemas[name]))
        bad = {name for name in part.get("properties", {}) if SECRET_NAME.search(name)} - GIVEN - CHAIN
        bad -= SHOWN_ONCE.get(where, set())
        if bad:
            told[where] = bad
    assert told == {}


def test_private_answers_are_not_kept(stocked: tuple[Tenant, Ids]) -> None:
    """T09: what members and guests get is `no-store`, or at most kept by them alone."""
    tenant, ids = stocked
    wrong = []
    for operation in reading():
        for caller in (tenant.owner, tenant.visitor):
            kept = operation.call(caller, ids).headers.get("cache-control", "")
            if operation.doors and not re.search(r"no-store|private|no-cache", kept):
                wrong.append(f"{operation}: {kept!r}")
    assert wrong == []


def test_cached_answers_are_each_callers_own(stocked: tuple[Tenant, Ids], other_tenant: Tenant) -> None:
    """T09: asked twice by an owner, then by a customer, a visitor and another tenant, each gets what they may see."""
    tenant, ids = stocked
    customer, wrong = tenant.sign_up(), []
    # What the worker does for the new tenant and the new customer is seen by them, and no cache's doing.
    at_rest(tenant.running)
    for operation in (each for each in reading() if not each.path.startswith(TOLD_OF_LOOKS)):
        fresh = operation.call(customer, ids), operation.call(other_tenant.owner, ids)
        warm = [operation.call(tenant.owner, ids) for _ in range(2)][-1]
        tag = {"If-None-Match": warm.headers.get("etag", '"x"')}
        for caller, before in zip((customer, other_tenant.owner), fresh, strict=True):
            after = operation.call(caller, ids)
            if after.status_code != before.status_code or without_request(after.text) != without_request(before.text):
                wrong.append(f"{operation}: {before.status_code} became {after.status_code}")
            if caller is other_tenant.owner and operation.ids:
                other = operation.call(caller, ids, headers=tag)
                if other.status_code == 304 or (other.status_code == 200 and other.json().get("items") != []):
                    wrong.append(f"{operation} with a tag of others: {other.status_code}")
    assert wrong == []


def without_request(text: str) -> str:
    """A text without what differs from one request to the next."""
    return re.sub(r'"request_id": ?"[^"]*"|"permissions":\[[^]]*\]', "", text)


def cursors(tenant: Tenant) -> Iterator[tuple[Operation, Caller, str]]:
    """Each list that has a second page, with the cursor of it."""
    for operation in reading():
        if any(each["name"] == "cursor" for each in operation.parameters("query")):
            answer = operation.call(tenant.owner, {}, params={"limit": 1})
            if answer.status_code == 200 and answer.headers["content-type"] == JSON and answer.json().get("next"):
                yield operation, tenant.owner, answer.json()["next"]


def flipped(cursor: str) -> Iterator[str]:
    """The cursor with one character changed, at several places, cut off, and doubled."""
    for place in {0, 1, len(cursor) // 2, len(cursor) - 2}:
        other = "A" if cursor[place] != "A" else "B"
        yield cursor[:place] + other + cursor[place + 1 :]
    yield cursor[:-3]
    yield cursor + cursor


def test_cursors_serve_their_owner_only(stocked: tuple[Tenant, Ids], other_tenant: Tenant) -> None:
    """T10: a cursor of ours is refused for others, for another list, and when any of it was changed."""
    tenant, _ = stocked
    tenant.sign_up()
    found, wrong = list(cursors(tenant)), []
    assert len(found) >= 3
    for operation, owner, cursor in found:
        assert operation.call(owner, {}, params={"cursor": cursor}).status_code == 200, str(operation)
        attempts = [(other_tenant.owner, cursor), *((owner, each) for each in flipped(cursor))]
        attempts += [(owner, other) for another, _, other in found if another is not operation]
        for caller, attempt in attempts:
            answer = operation.call(caller, {}, params={"cursor": attempt})
            if (answer.status_code, answer.json().get("code")) != (400, "bad_cursor"):
                wrong.append(f"{operation} {attempt}: {answer.status_code} {answer.text[:100]}")
    assert wrong == []


def test_tags_of_others_do_not_match(stocked: tuple[Tenant, Ids], other_tenant: Tenant) -> None:
    """T10: an edit that carries the tag of another thing, a changed tag or nonsense is 412 and changes nothing."""
    tenant, ids = stocked
    tagged = {
        each.path: answer
        for each in reading()
        if each.ids and "etag" in (answer := each.call(tenant.owner, ids)).headers
    }
    assert tagged
    wrong = []
    for operation in operations():
        if operation.method not in {"PATCH", "PUT", "DELETE"} or operation.path not in tagged:
            continue
        for tag in ('"0123456789abcdef01234567"', "W/" + tagged[operation.path].headers["etag"], "nonsense", '""'):
            answer = operation.call(tenant.owner, ids, headers={"If-Match": tag})
            if answer.status_code != 412:
                wrong.append(f"{operation} {tag}: {answer.status_code} {answer.text[:100]}")
    assert wrong == []


def test_jobs_of_others_are_nobodys(stocked: tuple[Tenant, Ids], other_tenant: Tenant) -> None:
    """T10: the id of a job of ours tells another tenant nothing."""
    _, ids = stocked
    answers = [other_tenant.owner.get(f"/v1/core/jobs/{each}") for each in (ids["job_id"], new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_request(answers[0].text) == without_request(answers[1].text)


def test_headers_of_every_answer(stocked: tuple[Tenant, Ids]) -> None:
    """T46: nothing is sniffed or framed, and no stranger's origin is let in."""
    tenant, ids = stocked
    for operation in reading():
        answer = operation.call(tenant.owner, ids, headers={"Origin": "https://evil.test"})
        assert answer.headers["x-content-type-options"] == "nosniff", str(operation)
        assert answer.headers["x-frame-options"] == "DENY", str(operation)
        assert "access-control-allow-origin" not in answer.headers, str(operation)
        assert "content-type" in answer.headers or not answer.content, str(operation)
