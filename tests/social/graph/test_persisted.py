"""Documents that are asked for by their hash."""

from hashlib import sha256
from typing import Any

import httpx
import orjson
from redis import Redis

from tests.builders.community import joined
from tests.builders.graph import GRAPHQL, refusal_of
from tests.conftest import Caller, Tenant

DOCUMENT = "query ($first: Int!) { feed(first: $first) { next } }"
HASH = sha256(DOCUMENT.encode()).hexdigest()


def by_hash(caller: Caller, digest: str = HASH, **rest: Any) -> httpx.Response:
    """The answer to a document that is named by its hash."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    return caller.post(GRAPHQL, json={"extensions": extensions, "variables": {"first": 1}, **rest})


def got_by_hash(caller: Caller, digest: str = HASH, **more: str) -> httpx.Response:
    """The same as GET."""
    extensions = orjson.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest}}).decode()
    return caller.get(GRAPHQL, params={"extensions": extensions, "variables": '{"first": 1}', **more})


def code_of(answer: httpx.Response) -> str:
    """The code of the one error."""
    [error] = answer.json()["errors"]
    return str(error["extensions"]["code"])


def test_documents_are_kept_under_their_hash(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-82, I8: once it was sent with its hash, the hash is enough; for this tenant alone."""
    caller, stranger = tenant.owner, other_tenant.owner
    unknown = by_hash(caller)
    assert code_of(unknown) == "graphql.persisted_query_not_found"
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert by_hash(caller, query=DOCUMENT).json() == {"data": {"feed": {"next": None}}}
    assert by_hash(caller).json() == {"data": {"feed": {"next": None}}}
    assert got_by_hash(caller).json() == {"data": {"feed": {"next": None}}}
    assert code_of(by_hash(stranger)) == "graphql.persisted_query_not_found"
    assert code_of(by_hash(caller, "0" * 64, query=DOCUMENT)) == "graphql.other_document"
    assert by_hash(caller, "no hash").status_code == 422


def test_what_is_not_right_is_not_kept(tenant: Tenant) -> None:
    """S-82: neither what does not fit the schema, nor what visitors send."""
    wrong = "{ nothing }"
    digest = sha256(wrong.encode()).hexdigest()
    assert code_of(by_hash(tenant.owner, digest, query=wrong)) == "graphql.invalid"
    assert code_of(by_hash(tenant.owner, digest)) == "graphql.persisted_query_not_found"
    public = '{ person(handle: "somebody") { id } }'
    digest = sha256(public.encode()).hexdigest()
    assert code_of(by_hash(tenant.visitor, digest, query=public)) == "social.no_such_person"
    assert code_of(by_hash(tenant.visitor, digest)) == "graphql.persisted_query_not_found"


def test_valkey_may_lose_them(tenant: Tenant) -> None:
    """S-82, I40: then they are asked for again, and kept again."""
    caller = tenant.owner
    assert by_hash(caller, query=DOCUMENT).json()["data"]
    Redis.from_url(str(tenant.running.settings.valkey_url)).delete(f"t:{tenant.id}:graphql:{HASH}")
    assert code_of(by_hash(caller)) == "graphql.persisted_query_not_found"
    assert by_hash(caller, query=DOCUMENT).json()["data"]
    assert by_hash(caller).json()["data"]


def test_reading_only_by_get(tenant: Tenant) -> None:
    """S-82: GET takes hashes of queries: neither documents nor what changes something."""
    [caller] = joined(tenant, 1)
    change = 'mutation { followHashtag(tag: "garden") }'
    digest = sha256(change.encode()).hexdigest()
    assert by_hash(caller, digest, query=change, variables={}).json()["data"] == {"followHashtag": True}
    assert code_of(got_by_hash(caller, digest)) == "graphql.invalid"
    assert code_of(caller.get(GRAPHQL, params={"query": "{ badge { unread } }"})) == "graphql.invalid"
    assert code_of(caller.get(GRAPHQL)) == "graphql.no_document"
    assert caller.get(GRAPHQL, params={"variables": "{"}).status_code == 400
    assert caller.get(GRAPHQL, params={"more": "1"}).status_code == 422


def test_only_those_that_are_served(tenant: Tenant) -> None:
    """S-82: a tenant may serve its own documents only."""
    owner = tenant.owner
    served = owner.patch("/v1/core/settings", json={"values": {"social.graphql_documents": [HASH]}})
    assert served.status_code == 200, served.text
    assert refusal_of(owner, "{ badge { unread } }") == (403, "graphql.not_served")
    assert by_hash(owner, query=DOCUMENT).json()["data"]
    assert by_hash(owner).json()["data"]
    assert code_of(by_hash(owner, "0" * 64)) == "graphql.not_served"
    wrong = owner.patch("/v1/core/settings", json={"values": {"social.graphql_documents": ["everything"]}})
    assert wrong.status_code == 422
