"""The switchboard finds the same route that the framework's router would find, and answers what it raises."""

import pytest
from starlette.routing import Match

from fourfold.ground.door import DoorRoute, open_to_all, room_router
from fourfold.serve.web.switchboard import sorted_by_path, words_of
from fourfold.services import ALL
from tests.conftest import Tenant

router = room_router("/v1/shop", "things")


@router.get("/things/{name}")
@open_to_all()
async def one(name: str) -> str:  # pragma: no cover - only its path is looked at
    return name


@router.get("/things/best")
@open_to_all()
async def best() -> str:  # pragma: no cover - only its path is looked at
    return "best"


@router.get("/things")
@open_to_all()
async def every() -> str:  # pragma: no cover - only its path is looked at
    return "every"


def test_an_earlier_route_wins() -> None:
    """P-20: a whole path is not preferred to an earlier route with parameters that takes it."""
    whole, by_words = sorted_by_path(router.routes)
    assert set(whole) == {("GET", "/v1/shop/things")}
    assert [route.name for route in by_words["/v1/shop/things"]] == ["one", "best", "every"]


def test_paths_begin_with_three_words() -> None:
    """P-20: routes are sorted by what all paths to them begin with."""
    assert words_of("/v1/commerce/products/one/two") == words_of("/v1/commerce/products") == "/v1/commerce/products"
    assert words_of("/") == "/"


def test_every_route_is_found_as_the_router_finds_it() -> None:
    """P-20: for each path of the application, the switchboard takes the route that comes first in the whole list."""
    routes = [route for service in ALL for router in service.routers for route in router.routes]
    doors = [route for route in routes if isinstance(route, DoorRoute)]
    whole, by_words = sorted_by_path(routes)
    for route in doors:
        path = route.path.replace("{", "").replace("}", "")
        for method in route.methods or ():
            scope = {"type": "http", "method": method, "path": path, "root_path": ""}
            first = next((each for each in doors if each.matches(scope)[0] is Match.FULL), None)
            sorted_first = whole.get((method, path)) or next(
                (each for each in by_words.get(words_of(path), ()) if each.matches(scope)[0] is Match.FULL), None
            )
            assert sorted_first is first, path


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/commerce/nothing", 404, "not_found"),
        ("GET", "/nothing/at/all", 404, "not_found"),
        ("DELETE", "/v1/commerce/products", 405, "method_not_allowed"),
        ("GET", "/v1/commerce/products/", 404, "not_found"),
    ],
)
def test_what_is_not_found_is_a_problem(tenant: Tenant, method: str, path: str, status: int, code: str) -> None:
    """P-21: what no route takes is answered in the same shape as everything else."""
    answer = tenant.visitor.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
