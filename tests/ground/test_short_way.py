"""The short way of plain reads: which routes have one, and that it answers as the long way does."""

from typing import Annotated
from uuid import UUID

import pytest
from fastapi import Query, Response
from pydantic import BaseModel, Field

from fourfold.ground.answers import JsonText
from fourfold.ground.door import DoorRoute, may, public, room_router
from fourfold.ground.short_way import ShortWay, Unusual
from fourfold.ground.work import View, Work
from fourfold.services import ALL
from tests.builders.commerce import a_product
from tests.conftest import Tenant

router = room_router("/things", "things")


class FindThings(BaseModel):
    """Filters."""

    color: str | None = Field(None, max_length=5)
    limit: int = Field(20, ge=1, le=100)


@router.get("")
async def things(
    find: Annotated[FindThings, Query()], view: Annotated[View, public(opens=View)]
) -> Response:  # pragma: no cover - only its declaration is looked at
    return JsonText(f"{find}{view}")


@router.get("/{thing_id}")
async def thing(
    thing_id: UUID,
    view: Annotated[View, may("core:tenants:read", opens=View)],
    deep: Annotated[int, Query(ge=0, le=9)] = 3,
) -> Response:  # pragma: no cover - only its declaration is looked at
    return JsonText(f"{thing_id}{view}{deep}")


@router.get("/tagged/all")
async def tagged(
    view: Annotated[View, public(opens=View)], tag: Annotated[list[str] | None, Query()] = None
) -> Response:  # pragma: no cover - only its declaration is looked at
    return JsonText(f"{view}{tag}")


@router.get("/model/all")
async def modelled(
    view: Annotated[View, public(opens=View)],
) -> FindThings:  # pragma: no cover - only its declaration is looked at
    return FindThings(color=str(view))


@router.post("")
async def make(
    work: Annotated[Work, public(opens=Work)],
) -> Response:  # pragma: no cover - only its declaration is looked at
    return JsonText(f"{work}")


def short(name: str) -> ShortWay | None:
    """The short way of one of the routes above."""
    return next(ShortWay.of(route) for route in router.routes if isinstance(route, DoorRoute) and route.name == name)


def asked(name: str, query: str, **path: str) -> dict[str, object]:
    """What the short way reads from a request."""
    way = short(name)
    assert way is not None
    return way.asked({"query_string": query.encode(), "path_params": path})


def test_plain_reads_have_a_short_way() -> None:
    """C-06: reads that open a view and answer by themselves; not writes, lists of values, or answers by a model."""
    found = {name: short(name) is not None for name in ("things", "thing", "tagged", "modelled", "make")}
    assert found == {"things": True, "thing": True, "tagged": False, "modelled": False, "make": False}


def test_hot_reads_have_a_short_way() -> None:
    """C-06: the product list and the product page do not pay for the framework."""
    routes = [route for service in ALL for router in service.routers for route in router.routes]
    taken = {route.path for route in routes if isinstance(route, DoorRoute) and ShortWay.of(route) is not None}
    assert {"/v1/commerce/products", "/v1/commerce/products/{product_id}"} <= taken


def test_values_are_read_as_they_are_declared() -> None:
    """P-22: types, defaults and bounds are those of the declaration; of several values the last counts."""
    assert asked("things", "") == {"find": FindThings()}
    assert asked("things", "limit=5&color=red&limit=7") == {"find": FindThings(color="red", limit=7)}
    number = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert asked("thing", "deep=4", thing_id=number) == {"thing_id": UUID(number), "deep": 4}
    assert asked("thing", "", thing_id=number) == {"thing_id": UUID(number), "deep": 3}


@pytest.mark.parametrize(
    ("name", "query", "path"),
    [
        ("things", "limit=0", {}),
        ("things", "limit=many", {}),
        ("things", "color=purple", {}),
        ("thing", "", {"thing_id": "no-uuid"}),
        ("thing", "deep=10", {"thing_id": "01890a5d-ac96-774b-bcce-b302099a8057"}),
    ],
)
def test_what_cannot_be_read_goes_the_long_way(name: str, query: str, path: dict[str, str]) -> None:
    """P-21: the short way refuses nothing by itself, so that there is one place that makes problems."""
    with pytest.raises(Unusual):
        asked(name, query, **path)


def test_both_ways_answer_alike(tenant: Tenant) -> None:
    """P-21, P-22: a good value is answered, a bad one is a problem that names its field, and so is a missing tenant."""
    product = a_product(tenant.owner)
    path = "/v1/commerce/products"
    assert [item["id"] for item in tenant.visitor.get(path, params={"limit": 1}).json()["items"]] == [product["id"]]
    assert tenant.visitor.get(f"{path}/{product['slug']}").json()["id"] == product["id"]
    refused = tenant.visitor.get(path, params={"limit": 101})
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, ["limit"])
    assert tenant.visitor.get(f"{path}/{'x' * 500}").status_code in {404, 422}
    nobody = tenant.running.client.get(path)
    assert (nobody.status_code, nobody.json()["code"]) == (400, "tenant_required")
    assert nobody.headers["content-type"] == "application/problem+json"
    assert nobody.headers["x-request-id"] == nobody.json()["request_id"]
