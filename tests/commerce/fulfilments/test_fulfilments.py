"""Parcels: one for each vendor, sent and delivered by their own vendors, and the order follows."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.commerce import a_paid_order, a_variant, an_order, made, order_of
from tests.conftest import Caller, Tenant

SHIP = {"carrier": "DHL", "tracking_number": "00340434161094042557"}


def ship(caller: Caller, parcel: dict[str, Any], **ask: Any) -> Any:
    return caller.post(f"/v1/commerce/fulfilments/{parcel['id']}/ship", json=ask)


def deliver(caller: Caller, parcel: dict[str, Any]) -> Any:
    return caller.post(f"/v1/commerce/fulfilments/{parcel['id']}/deliver")


@pytest.fixture
def vendors(tenant: Tenant) -> list[Caller]:
    return [tenant.sign_up("vendor"), tenant.sign_up("vendor")]


@pytest.fixture
def order(tenant: Tenant, vendors: list[Caller]) -> dict[str, Any]:
    """A paid order of two vendors' things."""
    return a_paid_order(tenant.sign_up(), *((a_variant(vendor, stock=5), 2) for vendor in vendors))


def own_parcel(vendor: Caller) -> dict[str, Any]:
    items = made(vendor.get("/v1/commerce/fulfilments"), 200)["items"]
    assert len(items) == 1
    found: dict[str, Any] = items[0]
    return found


def status_of(tenant: Tenant, order: dict[str, Any]) -> str:
    found: str = made(tenant.owner.get(f"/v1/commerce/orders/{order['id']}"), 200)["status"]
    return found


def test_an_order_follows_its_parcels(tenant: Tenant, vendors: list[Caller], order: dict[str, Any]) -> None:
    """C-30, C-31: each vendor moves its own parcel; the order is as far as the parcel that is least far."""
    first, second = own_parcel(vendors[0]), own_parcel(vendors[1])
    sent = made(ship(vendors[0], first, **SHIP), 200)
    assert (sent["status"], sent["carrier"], sent["tracking_number"]) == ("shipped", *SHIP.values())
    assert sent["shipped_at"] is not None
    assert status_of(tenant, order) == "processing"
    assert made(deliver(vendors[0], first), 200)["status"] == "delivered"
    assert status_of(tenant, order) == "processing"
    made(tenant.owner.post(f"/v1/commerce/fulfilments/{second['id']}/ship"), 200)
    assert status_of(tenant, order) == "shipped"
    made(deliver(vendors[1], second), 200)
    assert status_of(tenant, order) == "delivered"
    after = made(tenant.owner.get(f"/v1/commerce/orders/{order['id']}"), 200)
    moves = [each["became"] for each in after["history"] if each["fulfilment_id"] == first["id"]]
    assert moves == ["processing", "shipped", "delivered"]


def test_illegal_moves(tenant: Tenant, vendors: list[Caller], order: dict[str, Any]) -> None:
    """C-30: a parcel is sent once, from processing only, and delivered after that; the rest is refused by 409."""
    parcel = own_parcel(vendors[0])
    early = deliver(vendors[0], parcel)
    assert (early.status_code, early.json()["code"]) == (409, "commerce.illegal_move")
    made(ship(vendors[0], parcel), 200)
    assert ship(vendors[0], parcel).status_code == 409
    assert tenant.owner.post(f"/v1/commerce/orders/{order['id']}/cancel", json={}).status_code == 409
    made(deliver(vendors[0], parcel), 200)
    assert deliver(vendors[0], parcel).status_code == 409
    unpaid = an_order(tenant.sign_up(), (a_variant(vendors[0]), 1))
    waiting = order_of(tenant.owner, unpaid)["fulfilments"][0]
    assert ship(vendors[0], waiting).status_code == 409


def test_parcels_of_others(tenant: Tenant, other_tenant: Tenant, vendors: list[Caller], order: dict[str, Any]) -> None:
    """C-31, P-03: another vendor's parcel, another tenant's and an unknown one look the same: 404."""
    parcel = own_parcel(vendors[0])
    for stranger, each in ((vendors[1], parcel), (other_tenant.owner, parcel), (vendors[0], {"id": str(new_id())})):
        answers = [
            ship(stranger, each), deliver(stranger, each), stranger.get(f"/v1/commerce/fulfilments/{each['id']}"),
            stranger.post(f"/v1/commerce/fulfilments/{each['id']}/packing-slip"),
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * 4
        assert {answer.json()["code"] for answer in answers} == {"commerce.no_such_fulfilment"}
    buyer = tenant.sign_up()
    assert ship(buyer, parcel).status_code == 403
    assert tenant.visitor.get("/v1/commerce/fulfilments").status_code == 401
    assert made(vendors[0].get(f"/v1/commerce/fulfilments/{parcel['id']}"), 200)["id"] == parcel["id"]


@pytest.mark.parametrize("ask", [{"carrier": ""}, {"carrier": 7}, {"tracking_number": "x" * 101}, {"weight": 3}])
def test_wrong_words_on_a_parcel(vendors: list[Caller], order: dict[str, Any], ask: dict[str, Any]) -> None:
    """C-31: a carrier and a number have 1 to 100 characters, and nothing else is taken."""
    assert ship(vendors[0], own_parcel(vendors[0]), **ask).status_code == 422


def test_shipping_twice_at_once(vendors: list[Caller], order: dict[str, Any], admin_sql: Any) -> None:
    """C-05, C-30: of ten requests at the same moment one sends the parcel, and the stock leaves once."""
    parcel = own_parcel(vendors[0])
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: ship(vendors[0], parcel).status_code, range(10)))
    assert sorted(statuses) == [200] + [409] * 9
    level = "SELECT on_hand, allocated FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(level, parcel["lines"][0]["variant_id"]) == [{"on_hand": 3, "allocated": 0}]


def test_cancelling_races_shipping(tenant: Tenant, vendors: list[Caller], order: dict[str, Any]) -> None:
    """C-30: an order is either cancelled or on its way, whoever is quicker."""
    parcels = [own_parcel(vendor) for vendor in vendors]
    with ThreadPoolExecutor(3) as pool:
        cancelled = pool.submit(lambda: tenant.owner.post(f"/v1/commerce/orders/{order['id']}/cancel", json={}))
        sent = [pool.submit(ship, vendor, parcel) for vendor, parcel in zip(vendors, parcels, strict=True)]
        statuses = [cancelled.result().status_code, *(each.result().status_code for each in sent)]
    assert statuses in ([200, 409, 409], [409, 200, 200])
    assert status_of(tenant, order) == ("cancelled" if statuses[0] == 200 else "shipped")


def test_the_list_of_parcels(tenant: Tenant, vendors: list[Caller], order: dict[str, Any]) -> None:
    """C-31: a vendor lists its own parcels, an administrator all, by status and order, page by page."""
    pages, cursor = [], None
    while True:
        params = {"limit": 1, "order_id": order["id"], **({"cursor": cursor} if cursor else {})}
        page = made(tenant.owner.get("/v1/commerce/fulfilments", params=params), 200)
        pages.append([each["id"] for each in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(each for page in pages for each in page) == sorted(part["id"] for part in order["fulfilments"])
    assert [len(page) for page in pages] == [1, 1]
    shipped = made(tenant.owner.get("/v1/commerce/fulfilments", params={"status": "shipped"}), 200)
    assert shipped == {"items": [], "next": None}
    assert tenant.owner.get("/v1/commerce/fulfilments", params={"status": "lost"}).status_code == 422
    assert tenant.owner.get("/v1/commerce/fulfilments", params={"cursor": "AAAA"}).status_code == 400
