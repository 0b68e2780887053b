"""Invitations: mailed, followed once and in time, never for more than the inviter has; and the checklist."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.builders.commerce import a_product
from tests.conftest import PASSWORD, Caller, Tenant

INVITATIONS = "/v1/core/invitations"
ACCEPT = f"{INVITATIONS}/accept"


def invited(
    tenant: Tenant, email: str, admin_sql: Callable[..., Any], roles: list[str] | None = None
) -> tuple[str, str]:
    """The id of a new invitation, and the token that was mailed."""
    answer = tenant.owner.post(INVITATIONS, json={"email": email, "roles": roles or ["admin"]})
    assert answer.status_code == 201, answer.text
    name = f"invitation:{answer.json()['id']}"
    text = admin_sql("SELECT body_text FROM core.mail WHERE tenant_id = $1 AND once = $2", tenant.id, name)[0][
        "body_text"
    ]
    token = re.search(r"ffi_[0-9a-f]+", text)
    assert token is not None
    return answer.json()["id"], token[0]


def accepted(caller: Caller, token: str, **more: Any) -> Any:
    """Follows an invitation."""
    return caller.post(ACCEPT, json={"token": token, "name": "Ada", "password": PASSWORD, **more})


def test_an_invited_person_comes_in(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """B-01: the link makes an account with a proven address and the roles; a second time it is over."""
    email = f"ada@{tenant.slug}.test"
    invitation, token = invited(tenant, email, admin_sql)
    answer = accepted(tenant.visitor, token)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["email"], answer.json()["roles"]) == (email, ["admin"])
    verified = "SELECT email_verified_at FROM core.account WHERE id = $1"
    assert admin_sql(verified, answer.json()["id"])[0]["email_verified_at"] is not None
    assert tenant.sign_in(email).get(INVITATIONS).json()["items"][0]["status"] == "accepted"
    again = accepted(tenant.visitor, token)
    assert (again.status_code, again.json()["code"]) == (400, "core.invalid_invitation")
    assert tenant.owner.delete(f"{INVITATIONS}/{invitation}").status_code == 404


def test_whoever_has_an_account_signs_in_first(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """B-01: the roles are added to those of the invited account, and to no other's."""
    member, other = tenant.sign_up(), tenant.sign_up()
    _, token = invited(tenant, member.email, admin_sql, ["vendor"])
    for caller in (tenant.visitor, other):
        answer = accepted(caller, token)
        assert (answer.status_code, answer.json()["code"]) == (409, "core.sign_in_to_accept")
    assert member.post(ACCEPT, json={"token": token}).json()["roles"] == ["customer", "vendor"]
    assert tenant.sign_in(member.email).get("/v1/core/me").json()["roles"] == ["customer", "vendor"]


def test_invitations_end(
    tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., Any], clock: ShiftedClock
) -> None:
    """B-01: taken back, followed by a newer one, too late, in another tenant, or made up: 400 alike."""
    email = f"ada@{tenant.slug}.test"
    first, old = invited(tenant, email, admin_sql)
    second, newer = invited(tenant, email, admin_sql)
    assert accepted(tenant.visitor, old).status_code == 400
    assert accepted(other_tenant.visitor, newer).status_code == 400
    wrong = newer[:-1] + ("0" if newer[-1] != "0" else "1")
    for token in (wrong, "x", f"ffi_{new_id().hex}{'0' * 64}"):
        assert accepted(tenant.visitor, token).json()["code"] == "core.invalid_invitation"
    for path in (f"{INVITATIONS}/{second}", f"{INVITATIONS}/{new_id()}"):
        assert other_tenant.owner.delete(path).status_code == 404
    assert tenant.owner.delete(f"{INVITATIONS}/{second}").status_code == 204
    assert accepted(tenant.visitor, newer).status_code == 400
    _, late = invited(tenant, email, admin_sql)
    clock.offset += timedelta(days=8)
    assert accepted(tenant.visitor, late).status_code == 400
    assert first


def test_nobody_invites_above_themselves(tenant: Tenant) -> None:
    """B-01: an administrator makes no owner, nobody an operator, and a customer invites nobody."""
    admin, body = tenant.sign_up("admin"), {"email": "a@b.test"}
    assert admin.post(INVITATIONS, json={**body, "roles": ["owner"]}).status_code == 403
    assert tenant.owner.post(INVITATIONS, json={**body, "roles": ["operator"]}).status_code == 403
    assert tenant.owner.post(INVITATIONS, json={**body, "roles": ["no-such-role"]}).status_code == 422
    assert tenant.owner.post(INVITATIONS, json={**body, "roles": []}).status_code == 422
    assert tenant.owner.post(INVITATIONS, json={"email": "nobody", "roles": ["admin"]}).status_code == 422
    assert tenant.sign_up().post(INVITATIONS, json={**body, "roles": ["customer"]}).status_code == 403
    weak = {"token": "x", "name": "A", "password": "short"}
    assert tenant.visitor.post(ACCEPT, json=weak).status_code in {400, 422}


def test_the_checklist_follows_what_is_done(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """B-01: each step turns done when it is done, and none before."""
    path = "/v1/core/onboarding"

    def done() -> set[str]:
        return {each["name"] for each in tenant.owner.get(path).json()["items"] if each["done"]}

    assert done() <= {"core.prove_address"}
    a_product(tenant.owner)
    tenant.owner.patch("/v1/core/settings", json={"values": {"core.locale": "de", "core.display_name": "Markt"}})
    invited(tenant, "ada@b.test", admin_sql)
    assert done() >= {
        "core.invite_people", "core.say_where", "core.show_yourself", "commerce.publish_product",
    }  # fmt: skip
    assert tenant.sign_up().get(path).status_code == 403
