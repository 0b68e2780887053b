"""Addresses that get no mail, and mails that are sent after all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.conftest import Tenant

Eventually = Callable[..., Any]
LIST = "/v1/core/suppressions"


def test_a_suppressed_address_gets_no_mail(tenant: Tenant, eventually: Eventually) -> None:
    """P-29: its mails are held back and not handed over; off the list, one of them can be sent, once."""
    owner, address = tenant.owner, f"gone@{tenant.slug}.test"
    added = owner.post(LIST, json={"address": address.upper(), "reason": "complained"})
    assert added.status_code == 201, added.text
    assert added.json()["address"] == address
    tenant.sign_up(email=address)
    held = {"to": address, "status": "suppressed"}
    (mail,) = eventually(lambda: owner.get("/v1/core/mails", params=held).json()["items"])
    assert (mail["attempts"], mail["sent_at"]) == (0, None)
    assert owner.delete(f"{LIST}/{added.json()['id']}").status_code == 204
    path = f"/v1/core/mails/{mail['id']}/retry"
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda _: owner.post(path).status_code, range(4)))
    assert codes == [200, 409, 409, 409]
    sent = {"to": address, "status": "sent"}
    (mail,) = eventually(lambda: owner.get("/v1/core/mails", params=sent).json()["items"])
    assert (mail["attempts"], mail["error"]) == (1, "")
    assert owner.post(path).json()["code"] == "core.mail_not_given_up"


def test_the_list_is_kept_by_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-29, T01: an address stands on it once; other tenants and members see nothing of it."""
    owner, body = tenant.owner, {"address": "gone@buyer.test", "reason": "bounced"}
    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(lambda _: owner.post(LIST, json=body).status_code, range(4)))
    assert codes == [201, 409, 409, 409]
    (entry,) = owner.get(LIST, params={"address": "Gone@Buyer.test"}).json()["items"]
    assert owner.get(LIST, params={"address": "ada@buyer.test"}).json()["items"] == []
    assert other_tenant.owner.get(LIST).json()["items"] == []
    assert other_tenant.owner.delete(f"{LIST}/{entry['id']}").json()["code"] == "core.no_such_suppression"
    member = tenant.sign_up()
    assert {member.get(LIST).status_code, member.post(LIST, json=body).status_code} == {403}
    assert member.get("/v1/core/mails").status_code == 403
    assert tenant.visitor.get("/v1/core/mails").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "gone@buyer.test"},
        {"address": "nobody", "reason": "bounced"},
        {"address": f"{'a' * 250}@buyer.test", "reason": "bounced"},
        {"address": "gone@buyer.test", "reason": "rejected"},
        {"address": 1, "reason": "bounced"},
        {"address": "gone@buyer.test", "reason": "bounced", "more": 1},
    ],
)
def test_an_entry_is_an_address_and_a_reason(tenant: Tenant, body: dict[str, Any]) -> None:
    """P-29: anything else is refused; `rejected` is for the mail server to find out."""
    assert tenant.owner.post(LIST, json=body).status_code == 422


def test_the_log_is_read_in_pages(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """P-29: newest first, by cursor, without what the mails say; nobody's mail cannot be sent again."""
    for _ in range(3):
        tenant.sign_up()
    eventually(lambda: len(tenant.owner.get("/v1/core/mails").json()["items"]) >= 3)
    first = tenant.owner.get("/v1/core/mails", params={"limit": 2}).json()
    second = tenant.owner.get("/v1/core/mails", params={"limit": 2, "cursor": first["next"]}).json()
    ids = [each["id"] for each in (*first["items"], *second["items"])]
    assert ids == sorted(set(ids), reverse=True)
    assert "token" not in str(first)
    foreign = other_tenant.owner.post(f"/v1/core/mails/{ids[0]}/retry")
    unknown = other_tenant.owner.post(f"/v1/core/mails/{new_id()}/retry")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "core.no_such_mail")
    assert unknown.json()["code"] == foreign.json()["code"]
    assert tenant.owner.get("/v1/core/mails", params={"status": "lost"}).status_code == 422
