"""Profiles: seen, filtered and edited, by their owners and by administrators, without overwriting each other."""

from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.people import mail_to, settled_mails, token_in
from tests.conftest import PASSWORD, Tenant


def test_people_edit_their_profile(tenant: Tenant) -> None:
    """P-16: name, language and time zone; what is not sent stays, and null takes away."""
    member = tenant.sign_up()
    profile = {"name": "Ada Byron", "language": "pt-BR", "time_zone": "Europe/Berlin"}
    answer = member.patch("/v1/core/me", json=profile)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in profile} == profile
    assert answer.headers["ETag"] == member.get("/v1/core/me").headers["ETag"]
    assert member.patch("/v1/core/me", json={"language": None}).json()["language"] is None
    assert member.get("/v1/core/me").json()["time_zone"] == "Europe/Berlin"
    assert member.patch("/v1/core/me", json={}).json()["name"] == "Ada Byron"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": None}, {"name": 5}, {"name": "x" * 201}, {"language": "xx-ZZ"}, {"language": "german"},
        {"language": "de-DE-x-y-z"}, {"time_zone": "America"}, {"time_zone": "../../etc/passwd"},
        {"time_zone": "x" * 65}, {"time_zone": "europe/berlin "},
    ],
)  # fmt: skip
def test_what_is_no_profile(tenant: Tenant, body: dict[str, Any]) -> None:
    """P-21: unknown languages and time zones, empty and long names are 422."""
    assert tenant.owner.patch("/v1/core/me", json=body).status_code == 422


def test_two_edits_do_not_overwrite_each_other(tenant: Tenant) -> None:
    """P-16: the second of two edits of the same version is 412; both for oneself and for administrators."""
    member = tenant.sign_up()
    for caller, path in ((member, "/v1/core/me"), (tenant.owner, f"/v1/core/accounts/{member.account_id}")):
        tag = caller.get(path).headers["ETag"]
        assert caller.patch(path, json={"name": f"First {path}"}, headers={"If-Match": tag}).status_code == 200
        answer = caller.patch(path, json={"name": "Second"}, headers={"If-Match": tag})
        assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
        assert caller.get(path).json()["name"] == f"First {path}"
        assert caller.patch(path, json={"name": "Third"}, headers={"If-Match": "*"}).status_code == 200


def test_administrators_see_and_edit_accounts(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-16, T01: one account, with what is verified; another tenant's is not there; members see none."""
    member, stranger = tenant.sign_up(), other_tenant.sign_up()
    path = f"/v1/core/accounts/{member.account_id}"
    shown = tenant.owner.get(path).json()
    assert (shown["email"], shown["status"], shown["email_verified"]) == (member.email, "active", False)
    edited = tenant.owner.patch(path, json={"name": "Ada", "language": "de"})
    assert edited.json() == {**shown, "name": "Ada", "language": "de"}
    for field, value in {"role": "owner", "status": "active", "tenant_id": new_id().hex, "email": "b@x.test"}.items():
        assert tenant.owner.patch(path, json={"name": "Eve", field: value}).status_code == 422
    for account in (stranger.account_id, str(new_id())):
        for answer in (
            tenant.owner.get(f"/v1/core/accounts/{account}"),
            tenant.owner.patch(f"/v1/core/accounts/{account}", json={"name": "Eve"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "core.no_such_account")
    assert member.get(path).status_code == member.patch(path, json={"name": "Eve"}).status_code == 403


def test_accounts_are_found(tenant: Tenant) -> None:
    """P-16: by state, by role, by how the address begins, and by all together; pages keep to what was asked."""
    seller, ada = tenant.sign_up("vendor"), tenant.sign_up(email=f"ada_%-{new_id().hex}@x.test")
    grace = tenant.sign_up(email=f"grace-{new_id().hex}@x.test")
    assert tenant.owner.post(f"/v1/core/accounts/{grace.account_id}/disable").status_code == 200

    def found(**asked: object) -> list[str]:
        page = tenant.owner.get("/v1/core/accounts", params=asked)
        assert page.status_code == 200, page.text
        return [each["email"] for each in page.json()["items"]]

    assert found(status="disabled") == [grace.email]
    assert found(role="vendor") == [seller.email]
    assert found(email="ADA_%") == [ada.email]
    assert found(email="%") == found(email="x.test") == found(role="nobody") == []
    assert found(role="customer", status="active") == [ada.email]
    first = tenant.owner.get("/v1/core/accounts", params={"status": "active", "limit": 2}).json()
    rest = tenant.owner.get("/v1/core/accounts", params={"status": "active", "limit": 2, "cursor": first["next"]})
    assert [each["email"] for each in rest.json()["items"]] == [ada.email]
    mixed = tenant.owner.get("/v1/core/accounts", params={"status": "disabled", "cursor": first["next"]})
    assert mixed.json()["code"] == "bad_cursor"
    assert tenant.owner.get("/v1/core/accounts", params={"status": "asleep"}).status_code == 422


def test_an_address_is_verified(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-12, T24: by the link that was mailed, once, in the tenant that sent it; accounts work before that."""
    member = tenant.sign_up()
    assert member.get("/v1/core/me").json()["email_verified"] is False
    token = {"token": token_in(mail_to(tenant, member.email, "confirm your e-mail"))}
    assert other_tenant.visitor.post("/v1/core/accounts/verify-email", json=token).status_code == 400
    assert tenant.visitor.post("/v1/core/accounts/verify-email", json=token).status_code == 204
    answer = tenant.visitor.post("/v1/core/accounts/verify-email", json=token)
    assert (answer.status_code, answer.json()["code"]) == (400, "core.invalid_code")
    assert member.get("/v1/core/me").json()["email_verified"] is True
    assert tenant.owner.get(f"/v1/core/accounts/{member.account_id}").json()["email_verified"] is True


def test_the_link_is_mailed_again(tenant: Tenant) -> None:
    """P-12: whoever lost the link asks for another, five an hour at most; a verified address gets none."""
    member = tenant.sign_up()
    mail_to(tenant, member.email, "confirm your e-mail")
    for _ in range(6):
        assert member.post("/v1/core/me/verify-email").status_code == 202
    settled_mails(tenant, tenant.owner)
    token = token_in(mail_to(tenant, member.email, "confirm your e-mail", 5))
    assert tenant.visitor.post("/v1/core/accounts/verify-email", json={"token": token}).status_code == 204
    assert member.post("/v1/core/me/verify-email").status_code == 202
    settled_mails(tenant, tenant.owner)
    mail_to(tenant, member.email, "confirm your e-mail", 5)


@pytest.mark.parametrize("name", ["Win at evil.test", "https://evil.test/win", "a@evil.test", "Ada"])
def test_strangers_write_nothing_into_our_mails(tenant: Tenant, name: str) -> None:
    """P-12: a name that holds a link is left out of the mail to an address that may be somebody else's."""
    email = f"victim-{new_id().hex}@x.test"
    body = {"email": email, "password": PASSWORD, "name": name}
    assert tenant.visitor.post("/v1/core/accounts", json=body).status_code == 201
    mail = mail_to(tenant, email, "confirm your e-mail")
    assert "evil" not in mail["text"] + mail["html"]
    assert ("Hello Ada," in mail["text"]) == (name == "Ada")
