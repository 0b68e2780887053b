"""Links in the document lead from what an answer shows to the operations on it."""

from collections.abc import Iterator
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from fourfold.serve.documents.links import PARAMETER, add_links
from tests.conftest import Tenant
from tests.security.operations import document

ORDER = "/v1/commerce/orders/{order_id}"


def links() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each link with the method, path and status that it is told of."""
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                for link in answer.get("links", {}).values():
                    yield method, path, status, link


def test_every_link_can_be_followed() -> None:
    """P-20: a link names an operation of the document, and tells all parameters of its path and no others."""
    paths = {each["operationId"]: path for path, all_of in document()["paths"].items() for each in all_of.values()}
    assert len(list(links())) > 150
    for _, path, _, link in links():
        asked = {f"path.{name}" for name in PARAMETER.findall(paths[link["operationId"]])}
        assert set(link["parameters"]) == asked
        for place in link["parameters"].values():
            kind, _, name = place.partition("$request.path.")
            assert place.startswith("$response.body#/") or (not kind and name in PARAMETER.findall(path))


def linked(method: str, path: str) -> dict[str, dict[str, str]]:
    """Where a link from that operation leads, and by which values."""
    names = {
        each["operationId"]: f"{verb.upper()} {where}"
        for where, all_of in document()["paths"].items()
        for verb, each in all_of.items()
    }
    return {
        names[link["operationId"]]: link["parameters"] for verb, at, _, link in links() if (verb, at) == (method, path)
    }


@pytest.mark.parametrize(
    ("method", "path", "target", "parameters"),
    [
        ("post", "/v1/commerce/coupons", "DELETE /v1/commerce/coupons/{coupon_id}", {"coupon_id": "/id"}),
        ("post", "/v1/core/roles", "PATCH /v1/core/roles/{role_name}", {"role_name": "/name"}),
        ("post", ORDER + "/refunds", "GET /v1/commerce/refunds/{refund_id}", {"refund_id": "/id"}),
        ("post", "/v1/commerce/carts/{cart_id}/checkout", "GET " + ORDER, {"order_id": "/order/id"}),
        ("get", "/v1/core/jobs", "POST /v1/core/jobs/{job_id}/cancel", {"job_id": "/items/0/id"}),
    ],
)  # fmt: skip
def test_where_links_lead(method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    """P-20: from what is made, from what is in it and from lists to what can be done with it."""
    assert linked(method, path)[target] == {f"path.{name}": f"$response.body#{at}" for name, at in parameters.items()}


def test_an_answer_of_the_whole_leads_to_its_part() -> None:
    """P-20: who adds a line is shown the cart; the line's id is that of a line, and the cart's that of the request."""
    parameters = linked("post", "/v1/commerce/carts/{cart_id}/lines")[
        "PATCH /v1/commerce/carts/{cart_id}/lines/{line_id}"
    ]
    assert parameters == {"path.cart_id": "$request.path.cart_id", "path.line_id": "$response.body#/lines/0/id"}


def test_a_link_is_followed(tenant: Tenant) -> None:
    """P-20: the id that a link points at opens what was made, for its reader and its remover."""
    body = {"name": f"r-{new_id().hex[-8:]}", "title": "A role", "permissions": ["core:me:read"]}
    made = tenant.owner.post("/v1/core/roles", json=body).json()
    for target, parameters in linked("post", "/v1/core/roles").items():
        method, _, path = target.partition(" ")
        at = parameters["path.role_name"].removeprefix("$response.body#/")
        answer = tenant.owner.request(method, path.format(role_name=made[at]), json={"title": "B"})
        assert answer.status_code < 300, answer.text


def test_what_shows_nothing_leads_nowhere() -> None:
    """P-20: an answer without a body, or of several shapes, gets no links."""
    several = {"anyOf": [{"type": "object"}, {"type": "string"}]}
    told: dict[str, Any] = {
        "/things": {
            "post": {"operationId": "a", "responses": {"201": {"description": "made"}}},
            "get": {"operationId": "b", "responses": {"200": {"content": {"application/json": {"schema": several}}}}},
        },
        "/things/{thing_id}": {"get": {"operationId": "c", "responses": {}}},
    }
    add_links({"paths": told, "components": {}})
    assert "links" not in str(told)
