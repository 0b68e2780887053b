"""How much may be asked for at once, and in which form."""

from types import SimpleNamespace
from typing import Any

import pytest
from graphql import get_operation_ast, parse

from fourfold.ground.refusals import Refusal
from fourfold.ground.settings import Settings
from fourfold.social.graph.limits import Weight, requests_of, weigh
from fourfold.social.graph.run import Order, Runner
from fourfold.social.graph.schema import costs_of, executable
from tests.builders.community import joined, write
from tests.builders.graph import GRAPHQL, answer_to, asked, refusal_of
from tests.conftest import Caller, Tenant

FEED = """
  query ($first: Int! = 20) { feed(first: $first) { items {
    author { name } counts { like } ownReaction
    comments(first: 3) { items { text author { name } counts { like } } }
  } } }
"""


def weight_of(document: str, **variables: Any) -> Weight:
    """What a document weighs."""
    parsed = parse(document)
    operation = get_operation_ast(parsed)
    assert operation is not None
    return weigh(executable(), costs_of(executable()), parsed, operation, variables)


def test_lists_cost_as_many_as_they_are_asked_for() -> None:
    """S-82: what is below a list counts for each of it, whether its length is written, a variable or left out."""
    assert weight_of("{ feed(first: 1) { items { id } } }").cost == 9
    assert weight_of("{ feed(first: 100) { items { id } } }").cost == 108
    assert weight_of("{ feed { items { id } } }").cost == 28
    assert weight_of(FEED).cost == 8 + 20 * (1 + 1 + 1 + 1 + 3 * 3)
    assert weight_of(FEED, first=5).cost == 8 + 5 * 13
    assert weight_of("query ($first: Int = 3) { feed(first: $first) { items { id } } }").cost == 11
    assert weight_of('{ a: post(id: "x") { id } ...B } fragment B on Query { badge { unread } }').cost == 9
    assert weight_of('mutation { follow(person: "a") { follow } }').cost == 10
    assert weight_of("{ __typename }").cost == 0


def test_costs_count_as_requests() -> None:
    """S-82, I31: ten points are one request of the limits."""
    assert [requests_of(Weight(cost=cost)) for cost in (0, 10, 11, 1000)] == [1, 1, 2, 100]


def nested(depth: int) -> str:
    """A document that goes so deep: answers to answers."""
    inner = "id"
    for _ in range(depth - 3):
        inner = f"author {{ {inner} }}" if inner == "id" else f"original {{ {inner} }}"
    return f"{{ feed(first: 1) {{ items {{ {inner} }} }} }}"


def test_what_is_too_much(tenant: Tenant) -> None:
    """S-82: too deep, too costly, too many renamed or written, and what goes round in circles: none of it is done."""
    caller = tenant.owner
    assert asked(caller, nested(10)).json().get("errors") is None
    assert refusal_of(caller, nested(11)) == (400, "graphql.too_much")
    assert refusal_of(caller, nested(60)) == (400, "graphql.too_much")
    assert refusal_of(caller, nested(400))[0] == 400
    assert refusal_of(caller, FEED, first=100) == (400, "graphql.too_much")
    assert refusal_of(caller, "{ feed(first: 100) { items { comments(first: 100) { items { id } } } } }") == (
        400, "graphql.too_much",
    )  # fmt: skip
    renamed = " ".join(f"a{number}: badge {{ unread }}" for number in range(31))
    assert refusal_of(caller, f"{{ {renamed} }}") == (400, "graphql.too_much")
    assert refusal_of(caller, f"{{ {'badge { unread } ' * 150} }}") == (400, "graphql.too_much")
    assert refusal_of(caller, f"{{ {'__typename ' * 3000} }}") == (400, "graphql.invalid")
    circle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A badge { unread } }"
    assert refusal_of(caller, circle) == (400, "graphql.invalid")
    doubling = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
    bomb = f"{{ ...F0 }} {doubling} fragment F20 on Query {{ badge {{ unread }} }}"
    assert refusal_of(caller, bomb) == (400, "graphql.too_much")
    [error] = asked(caller, FEED, first=100).json()["errors"]
    assert error["extensions"]["cost"] > 1000


def test_costs_take_from_the_limits(tenant: Tenant) -> None:
    """S-82, I31: an operation counts as so many requests of its caller."""

    def left(answer: Any) -> int:
        return int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0])

    [caller] = joined(tenant, 1)

    def taken() -> int:
        asked(caller, "{ badge { unread } }")
        return left(asked(caller, "{ badge { unread } }")) - left(asked(caller, FEED, first=20))

    # Now and then the limit gives back in between what was used of it before.
    assert any(taken() >= 20 for _ in range(3))


def test_forms_of_requests(tenant: Tenant) -> None:
    """S-82: one operation at a time, as JSON, of a reasonable size."""
    caller: Caller = tenant.owner
    assert caller.post(GRAPHQL, json=[{"query": "{ badge { unread } }"}]).status_code == 400
    assert caller.post(GRAPHQL, json={"query": "{ badge { unread } }", "more": 1}).status_code == 422
    assert caller.post(GRAPHQL, json={"query": 7}).status_code == 422
    assert caller.post(GRAPHQL, json={"query": "{ badge { unread } }", "variables": [1]}).status_code == 422
    assert caller.post(GRAPHQL, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert (
        caller.post(GRAPHQL, content=b"{ badge }", headers={"Content-Type": "application/graphql"}).status_code == 415
    )
    assert caller.post(GRAPHQL, data={"query": "{ badge { unread } }"}).status_code == 415
    assert caller.post(GRAPHQL, json={"query": "#" * 1_100_000}).status_code == 413
    assert caller.post(GRAPHQL, json={"query": "#" * 200_000}).status_code == 422
    assert caller.put(GRAPHQL, json={}).status_code == 405
    assert caller.get(f"{GRAPHQL}/more").status_code == 404
    assert caller.get(f"{GRAPHQL}s").status_code == 404
    two = "query A { badge { unread } } query B { badge { seq } }"
    assert refusal_of(caller, two) == (400, "graphql.invalid")
    named = caller.post(GRAPHQL, json={"query": two, "operationName": "B"}).json()
    assert list(named["data"]["badge"]) == ["seq"]
    assert refusal_of(caller, f'subscription {{ postEvents(id: "{tenant.id}") {{ seq }} }}') == (400, "graphql.invalid")


def test_the_newer_content_type_tells_by_the_status(tenant: Tenant) -> None:
    """S-82: clients that know `application/graphql-response+json` are told by the status as well."""
    newer = {"Accept": "application/graphql-response+json"}
    answer = tenant.owner.post(GRAPHQL, json={"query": "{ nothing }"}, headers=newer)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/graphql-response+json")
    answer = tenant.owner.post(GRAPHQL, json={"query": "{ badge { unread } }"}, headers=newer)
    assert answer.status_code == 200


def test_tools_can_learn_the_schema(tenant: Tenant) -> None:
    """S-82: in development the schema tells of itself, with words for all that it has."""
    document = (
        '{ __schema { queryType { fields { name description args { name } } } } __type(name: "Post") { description } }'
    )
    told = answer_to(tenant.owner, document)
    assert all(each["description"] for each in told["__schema"]["queryType"]["fields"])
    assert told["__type"]["description"] == "A post, as this viewer sees it."


async def test_the_schema_is_closed_where_the_documents_are(tenant: Tenant) -> None:
    """S-82: in production nobody learns the schema, neither by asking for it nor from what is suggested."""
    settings: Settings = tenant.running.settings.model_copy(update={"docs": False})
    configuration = SimpleNamespace(value=_nothing)
    house: Any = SimpleNamespace(settings=settings, configuration=configuration)
    who: Any = SimpleNamespace(tenant_id=tenant.id, account_id=None)
    runner = Runner(house)
    with pytest.raises(Refusal) as refused:
        await runner.prepare(who, Order("{ __schema { queryType { name } } }", None, None, {}))
    assert "introspection" in refused.value.detail
    with pytest.raises(Refusal) as refused:
        await runner.prepare(who, Order("{ fed { next } }", None, None, {}))
    assert "feed" not in refused.value.detail
    assert (await runner.prepare(who, Order("{ feed { next } }", None, None, {}))).is_reading


async def _nothing(*_: object) -> list[str]:
    return []


def test_what_was_right_once_is_not_read_again(tenant: Tenant) -> None:
    """S-82: with other variables a known document is weighed anew."""
    write(tenant.owner)
    assert answer_to(tenant.owner, FEED, first=1)["feed"]["items"]
    assert refusal_of(tenant.owner, FEED, first=100) == (400, "graphql.too_much")


async def test_known_documents_take_little_room(tenant: Tenant) -> None:
    """S-82, I16: however many different documents come, a process keeps few of them."""
    configuration = SimpleNamespace(value=_nothing)
    house: Any = SimpleNamespace(settings=tenant.running.settings, configuration=configuration)
    who: Any = SimpleNamespace(tenant_id=tenant.id, account_id=None)
    runner = Runner(house)
    for number in range(40):
        await runner.prepare(who, Order(f"{{ feed {{ next }} }} # {number}{' ' * 10_000}", None, None, {}))
    assert 20 < len(runner._known) < 40
