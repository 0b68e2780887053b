"""Two tenants with one of everything each: whatever the first asks for by the second's ids is not there."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest

from fourfold.core.signing.ring import KeyRing
from fourfold.ground.ids import new_id
from fourfold.serve.wiring import open_house, rights_of
from fourfold.services import ALL
from tests.builders.commerce import euros
from tests.builders.everything import Ids, one_of_everything, sql
from tests.builders.people import mail_to, token_in
from tests.builders.rest import at_rest
from tests.conftest import PASSWORD, Caller, Running, Tenant, _open_tenant
from tests.security.operations import JSON, SAMPLES, Operation, operations

OWNED = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind IN ('r', 'p') ORDER BY 1
"""
# What the worker moves on by itself, while we look.
MOVING = {
    "ground.event": "- 'published_at' - 'settled'",
    "ground.inbox": "- 'at'",
}
# Operators' ways in are no owner's.
OWNERS = rights_of(ALL)["owner"]
SCHEDULED = {schedule.job.name for service in ALL for schedule in service.schedules}
# Parameters that are words and not ids: the same in every tenant.
NAMES = {"code", "language", "reaction", "tag", "template_name", "width", "version"}
# A published picture is shown to everybody who has its address, as shops put it into their pages.
PUBLIC = {"GET /v1/commerce/images/{image_id}/{width}"}
# Our own log tells what we have asked for, their ids included.
ECHOES = {"GET /v1/business/audit", "GET /v1/business/audit/export"}
# A visitor's cart is taken along by this; the cart that we build is an account's.
MERGE = "POST /v1/commerce/carts/{cart_id}/merge"
REFUSALS = {400, 401, 403, 404, 409, 412, 422, 428}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Two:
    """Our tenant and the others', with the ids of what they have."""

    ours: Tenant
    theirs: Tenant
    our_ids: Ids
    their_ids: Ids

    @property
    def callers(self) -> dict[str, Caller]:
        """Who of ours goes out to look."""
        return {"owner": self.ours.owner, "visitor": self.ours.visitor}


@pytest.fixture(scope="module")
def two(running: Running) -> Two:
    """Both tenants, built over the API."""
    ours, theirs = _open_tenant(running), _open_tenant(running)
    both = Two(ours, theirs, one_of_everything(ours), one_of_everything(theirs))
    settled(both)
    return both


def digest(two: Two) -> dict[str, str]:
    """A digest of each table's rows of theirs, as the superuser sees them."""
    found = {}
    for name in (row["name"] for row in sql(two.theirs, OWNED)):
        where = f"AND name <> ALL ('{{{','.join(SCHEDULED)}}}')" if name == "ground.job" else ""
        row = f"(to_jsonb(t) {MOVING.get(name, '')})::text"
        text = f"SELECT md5(string_agg({row}, ',' ORDER BY {row})) AS all FROM {name} t WHERE tenant_id = $1 {where}"
        found[name] = str(sql(two.theirs, text, two.theirs.id)[0]["all"])
    return found


def settled(two: Two) -> dict[str, str]:
    """The digest, once the worker has done all that it had to."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        at_rest(two.theirs.running)
        before = digest(two)
        # Usage is added up each second, from files that no table tells of.
        time.sleep(2)
        at_rest(two.theirs.running)
        if digest(two) == before:
            return before
    raise TimeoutError("their rows do not come to rest")


def masked(answer: httpx.Response, *ids: str) -> tuple[int, str]:
    """Status and body, without what differs from request to request, and without the ids that we sent."""
    text = answer.text
    for each in ids:
        text = text.replace(each, "ID")
    if "json" in answer.headers.get("content-type", ""):
        value = json.loads(text)
        if isinstance(value, dict):
            value.pop("request_id", None)
        text = json.dumps(value)
    return answer.status_code, text


def ids_in(path: Ids) -> list[str]:
    """The path's parameters that are ids: words may stand anywhere in an answer."""
    return [value for name, value in path.items() if name not in NAMES]


def reaching(operation: Operation, ours: Ids, theirs: Ids) -> Iterator[tuple[Ids, Ids]]:
    """Ids for the path's parameters, all theirs, then each one theirs with the others ours; and the same of nobody."""
    own, foreign = operation.chosen(ours), operation.chosen(theirs)
    named = [name for name in operation.ids if name not in NAMES]
    for swapped in [named, *([name] for name in named if len(named) > 1)]:
        yield (
            {**own, **{name: foreign[name] for name in swapped}},
            {**own, **{name: str(new_id()) for name in swapped}},
        )


def says_nothing(answer: httpx.Response) -> bool:
    """Whether it is an empty list."""
    return answer.status_code == 200 and answer.headers["content-type"] == JSON and answer.json().get("items") == []


def test_their_ids_in_a_path_lead_nowhere(two: Two) -> None:
    """T01: every operation on something of theirs answers as for something that does not exist, and changes nothing."""
    before, wrong = settled(two), []
    for operation in (each for each in operations() if set(each.ids) - NAMES and str(each) not in PUBLIC):
        for ids, nobody in reaching(operation, two.our_ids, two.their_ids):
            for name, caller in two.callers.items():
                answer, expected = operation.call(caller, ids), operation.call(caller, nobody)
                told = f"{operation} by the {name} with {ids}: {answer.status_code} {answer.text[:200]}"
                if masked(answer, *ids_in(ids)) != masked(expected, *ids_in(nobody)):
                    wrong.append(f"{told}, not {expected.status_code} {expected.text[:200]}")
                elif answer.status_code not in REFUSALS and not says_nothing(answer):
                    wrong.append(told)
    assert wrong == []
    assert settled(two) == before


def their_secrets(two: Two) -> set[str]:
    """Every id in any of their rows, and their slug."""
    found = {two.theirs.slug}
    for name in (row["name"] for row in sql(two.theirs, OWNED)):
        text = f"SELECT to_jsonb(t)::text AS row FROM {name} t WHERE tenant_id = $1"
        found |= {each for row in sql(two.theirs, text, two.theirs.id) for each in UUID.findall(row["row"])}
    return found


def test_lists_searches_and_exports_hold_nothing_of_theirs(two: Two) -> None:
    """T02: no reading operation tells an id of theirs, whatever of ours it reads, for members and for visitors."""
    secrets = their_secrets(two)
    assert len(secrets) > 50
    wrong = []
    for operation in (each for each in operations() if each.method == "GET" and str(each) not in ECHOES):
        for name, caller in two.callers.items():
            many = {"limit": 100} if any(each["name"] == "limit" for each in operation.parameters("query")) else {}
            answer = operation.call(caller, two.our_ids, params=many)
            told = {*UUID.findall(answer.text)} & secrets or (
                {two.theirs.slug} if two.theirs.slug in answer.text else set()
            )
            if told:
                wrong.append(f"{operation} by the {name} tells {sorted(told)[:3]}")
            if name == "owner" and answer.status_code != 200 and operation.permission in OWNERS:
                wrong.append(f"{operation}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


def places(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Where an operation takes an id beside its path: (name, a function from an id to what is to be sent)."""
    schema = operation.body_schema
    for at, leaf in SAMPLES.leaves(schema) if schema else ():
        if leaf.get("format") == "uuid":
            yield ".".join(map(str, at)), lambda each, at=at: {"body": SAMPLES.with_value(schema or {}, at, each)}
    for parameter in operation.parameters("query"):
        if "uuid" in json.dumps(parameter["schema"]):
            yield parameter["name"], lambda each, name=parameter["name"]: {"params": {name: each}}


def unfit(answer: tuple[int, str], place: str) -> bool:
    """Whether a body was refused for another reason than what stands at the place."""
    told = json.loads(answer[1]) if answer[0] == 422 else {}
    fields = [each["field"] for each in told.get("errors", ())]
    return bool(fields) and not any(each.startswith(place.partition(".")[0]) for each in fields)


def test_their_ids_in_body_and_query_lead_nowhere(two: Two) -> None:
    """T05: what names one of theirs, as parent, part or filter, gets the same answer as what names nothing."""
    before, wrong = settled(two), []
    for operation in operations():
        for place, sent in places(operation):
            # What can be made once only is made by the first; the second is what the others are held against.
            for nobody in (str(new_id()), str(new_id())):
                expected = masked(operation.call(two.ours.owner, two.our_ids, **sent(nobody)), nobody)
            if unfit(expected, place):
                wrong.append(f"{operation} {place}: the sample does not fit: {expected[1]}")
            for name, theirs in two.their_ids.items():
                if name in NAMES:
                    continue
                answer = masked(operation.call(two.ours.owner, two.our_ids, **sent(theirs)), theirs)
                # What is made differs from time to time; whether it can be made does not.
                same = (
                    answer == expected
                    if expected[0] in REFUSALS or operation.method == "GET"
                    else answer[0] == expected[0]
                )
                if not same or set(two.their_ids.values()) & {*UUID.findall(answer[1])}:
                    wrong.append(f"{operation} {place}={name}: {answer[0]} {answer[1][:200]}, not {expected}")
    assert wrong == []
    assert settled(two) == before


def test_nobody_acts_for_another_tenant(two: Two) -> None:
    """T03: a tenant in the body is refused; one in the header or host that is not the token's is 403."""
    before = settled(two)
    for operation in (each for each in operations() if each.body_schema and each.permission in {None, *OWNERS}):
        body = SAMPLES.smallest(operation.body_schema or {})
        if isinstance(body, dict) and SAMPLES.resolved(operation.body_schema or {}).get("properties"):
            answer = operation.call(two.ours.owner, two.our_ids, body={**body, "tenant_id": two.theirs.id})
            assert answer.status_code == 422, f"{operation}: {answer.status_code} {answer.text}"
    for operation in (each for each in operations() if each.doors):
        for headers in ({"X-Tenant": two.theirs.slug}, {"Host": f"{two.theirs.slug}.localhost"}):
            answer = operation.call(two.ours.owner, two.our_ids, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "wrong_tenant"), f"{operation}: {answer.text}"
    assert settled(two) == before


async def signed(running: Running, token: str, **changes: Any) -> str:
    """The token with other claims (None takes one away), signed by the deployment's own key."""
    house = await open_house(running.settings, ALL)
    ring = KeyRing(house)
    await ring.load()
    signer = await ring.signer()
    await house.close()
    body = {**jwt.decode(token, options={"verify_signature": False}), **changes}
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(body, signer.private, algorithm="EdDSA", headers={"kid": signer.id, "typ": "at+jwt"})


@pytest.mark.parametrize("changes", [{"tid": None}, {"tid": ""}, {"tid": "*"}, {"slug": None}, {"sid": None}])
async def test_a_token_without_a_tenant_opens_nothing(tenant: Tenant, changes: dict[str, Any]) -> None:
    """T04: even signed by us, a token that names no tenant is 401: there is no tenant by default."""
    token = tenant.owner.headers["Authorization"].removeprefix("Bearer ")
    forged = await signed(tenant.running, token, **changes)
    answer = tenant.running.client.get("/v1/core/me", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_token"


# Seconds from now where it is a time: the run may have begun long before.
MISFITS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "fourfold:mail"},
    "no audience": {"aud": None},
    "several audiences without ours": {"aud": ["one", "two"]},
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "not valid yet": {"nbf": 600},
    "issued in the future": {"iat": 600},
    "expired": {"exp": -1, "iat": -900, "nbf": -900},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "no number": {"jti": None},
}


@pytest.mark.parametrize("misfit", MISFITS)
async def test_a_signature_alone_opens_nothing(tenant: Tenant, other_tenant: Tenant, misfit: str) -> None:
    """T15: even signed by us, a token for another audience, of another issuer, too early or too late is 401."""
    token = tenant.owner.headers["Authorization"].removeprefix("Bearer ")
    sound = await signed(tenant.running, token)
    assert tenant.running.client.get("/v1/core/me", headers={"Authorization": f"Bearer {sound}"}).status_code == 200
    now = int(time.time())
    changes = {name: now + value if isinstance(value, int) else value for name, value in MISFITS[misfit].items()}
    forged = await signed(tenant.running, token, **changes)
    for named in ({}, {"X-Tenant": tenant.slug}, {"X-Tenant": other_tenant.slug}):
        headers = {"Authorization": f"Bearer {forged}", **named}
        for method, path in (("GET", "/v1/core/me"), ("GET", "/v1/core/accounts"), ("POST", "/v1/commerce/products")):
            assert tenant.running.client.request(method, path, headers=headers).status_code == 401, path


def test_the_token_of_a_mail_is_no_access_token(tenant: Tenant) -> None:
    """T15: what opens a new password, or proves an address, is 401 where an access token belongs."""
    member = tenant.sign_up()
    asked = tenant.visitor.post("/v1/core/password-resets", json={"email": member.email})
    assert asked.status_code == 202
    for words in ("confirm your e-mail", "password"):
        token = token_in(mail_to(tenant, member.email, words))
        answer = tenant.running.client.get("/v1/core/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, "id" in answer.json()) == (401, False)


async def test_a_token_for_no_tenant_sees_nothing(tenant: Tenant) -> None:
    """T04: a token for a tenant that there is not sees no rows of anybody."""
    token = tenant.owner.headers["Authorization"].removeprefix("Bearer ")
    forged = await signed(tenant.running, token, tid=str(new_id()), slug="nowhere")
    answer = tenant.running.client.get("/v1/core/accounts", headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code in {401, 404}


def test_visitors_name_their_tenant(two: Two) -> None:
    """T04: without a token and without a tenant, and for a tenant that there is not, nothing is opened."""
    stranger, lost = Caller(two.ours.running.client, {}), Caller(two.ours.running.client, {"X-Tenant": "nowhere"})
    for operation in (each for each in operations() if each.doors and each.permission is None):
        answer = operation.call(stranger, two.our_ids)
        assert (answer.status_code, answer.json()["code"]) == (400, "tenant_required"), f"{operation}: {answer.text}"
        answer = operation.call(lost, two.our_ids)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_tenant"), f"{operation}: {answer.text}"


def test_addresses_of_others_are_free(tenant: Tenant, other_tenant: Tenant) -> None:
    """T06: an address that another tenant knows is registered like any other, and stays theirs there too."""
    theirs = other_tenant.sign_up()
    ours = tenant.sign_up(email=theirs.email)
    assert ours.account_id != theirs.account_id
    body = {"email": theirs.email, "password": PASSWORD, "name": "Again"}
    first, again = (tenant.visitor.post("/v1/core/accounts", json=body) for _ in range(2))
    assert (first.status_code, sorted(first.json())) == (again.status_code, sorted(again.json()))
    assert tenant.owner.get("/v1/core/accounts").json()["items"][-1]["email"] == theirs.email


def test_names_of_others_are_free(tenant: Tenant, other_tenant: Tenant) -> None:
    """T06: slugs, codes and part numbers that another tenant uses are taken like any other, and stay theirs there."""
    asked = {
        "/v1/commerce/products": {
            "title": "Lamp", "slug": "lamp", "variants": [{"sku": "LAMP-1", "price": euros(1000)}],
        },
        "/v1/commerce/coupons": {"code": "WELCOME", "kind": "percent", "basis_points": 1000},
        "/v1/commerce/categories": {"name": "Lamps", "slug": "lamps"},
        "/v1/core/roles": {"name": "helpers", "title": "Helpers", "permissions": ["core:me:read"]},
    }  # fmt: skip
    for path, body in asked.items():
        theirs, ours = (each.owner.post(path, json=body) for each in (other_tenant, tenant))
        assert (theirs.status_code, ours.status_code) == (201, 201), f"{path}: {theirs.text} {ours.text}"
        names = [name for name in ("id", "slug", "code", "name") if name in ours.json()]
        assert {name: ours.json()[name] for name in names if name != "id"} == {
            name: theirs.json()[name] for name in names if name != "id"
        }
        assert tenant.owner.post(path, json=body).status_code == 409, path


def test_their_own_ids_do_lead_somewhere(two: Two) -> None:
    """T01: what the walk above was refused is there for those whose it is; without this it would prove nothing."""
    wrong = []
    # What is part of something is removed before it.
    for operation in sorted(operations(), key=lambda each: (each.method == "DELETE", -len(each.ids))):
        if not operation.ids or not operation.doors or str(operation) == MERGE:
            continue
        expected = operation.call(two.theirs.owner, {})
        callers = [two.theirs.owner, *two.theirs.members, two.theirs.visitor]
        answers = [operation.call(caller, two.their_ids) for caller in callers]
        found = [each for each in answers if each.status_code != 404 or each.json()["code"] != expected.json()["code"]]
        if not found or (
            operation.method == "GET"
            and operation.permission in {None, *OWNERS}
            and {200, 307}.isdisjoint(each.status_code for each in found)
        ):
            wrong.append(f"{operation}: {answers[0].status_code} {answers[0].text[:200]}")
    assert wrong == []
