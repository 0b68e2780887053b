"""Who may do what: every operation against every built-in role that lacks its permission, whatever the body."""

from typing import Any

import httpx
import pytest

from fourfold.core.roles.rules import BUILT_IN
from fourfold.serve.wiring import rights_of
from fourfold.services import ALL
from tests.conftest import PASSWORD, Caller, Tenant
from tests.security.operations import Operation, operations

GUARDED = [each for each in operations() if each.permission is not None]
# Filling a cart needs no permission at all; these only ask whose cart and whose order it is.
CARTS = {"POST /v1/commerce/carts/{cart_id}/merge", "POST /v1/commerce/orders/{order_id}/reorder"}
# A caller who may not come in learns nothing about the body, however it looks.
BODIES: dict[str, dict[str, Any]] = {
    "empty object": {"json": {}},
    "not JSON": {"content": b'{"a":', "headers": {"Content-Type": "application/json"}},
    "no text": {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
    "other kind": {"content": b"<a/>", "headers": {"Content-Type": "application/xml"}},
    "broken form": {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
}


def answers(operation: Operation, caller: Caller) -> dict[str, httpx.Response]:
    """What the caller gets for a fitting body and for each that does not fit; path and query fit."""
    found = {"fitting": operation.call(caller, {})}
    if operation.content:
        path = operation.path_with({})
        found |= {name: caller.request(operation.method, path, **dict(body)) for name, body in BODIES.items()}
    return found


def wrong_answers(operation: Operation, caller: Caller, status: int, code: str) -> list[str]:
    """The answers that differ from the refusal that is due."""
    return [
        f"{operation}, {body} body: {answer.status_code} {answer.text[:120]}"
        for body, answer in answers(operation, caller).items()
        if answer.status_code != status or answer.json()["code"] != code
    ]


@pytest.mark.parametrize("role", BUILT_IN)
def test_a_role_does_no_more_than_it_may(tenant: Tenant, role: str) -> None:
    """T27: each operation whose permission the role lacks answers 403, and names the permission."""
    rights = rights_of(ALL)
    member = tenant.owner if role == "owner" else tenant.sign_up(role)
    lacking = [each for each in GUARDED if each.permission not in rights[role]]
    assert [wrong for each in lacking for wrong in wrong_answers(each, member, 403, "missing_permission")] == []


def test_a_stranger_does_nothing(tenant: Tenant) -> None:
    """T27: without a credential each operation that needs a permission answers 401."""
    assert [wrong for each in GUARDED for wrong in wrong_answers(each, tenant.visitor, 401, "unauthenticated")] == []


def test_a_member_without_roles_does_nothing(tenant: Tenant) -> None:
    """T27: an account whose roles were all taken away may do nothing that needs a permission."""
    member = tenant.sign_up()
    taken = tenant.owner.put(f"/v1/core/accounts/{member.account_id}/roles", json={"roles": []})
    assert taken.json()["roles"] == []
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": member.email, "password": PASSWORD})
    bare = Caller(tenant.running.client, {"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert [wrong for each in GUARDED for wrong in wrong_answers(each, bare, 403, "missing_permission")] == []


def test_a_key_that_reads_changes_nothing(tenant: Tenant) -> None:
    """T28: a key with every reading scope cannot retry, replay, approve, export or change anything."""
    scopes = sorted(each for each in rights_of(ALL)["owner"] if each.endswith((":read", ":read_all")))
    made = tenant.owner.post("/v1/core/api-keys", json={"name": "reader", "scopes": scopes})
    reader = Caller(tenant.running.client, {"Authorization": f"Bearer {made.json()['key']}"})
    writing = [each for each in GUARDED if each.permission not in scopes]
    assert len(writing) > 5
    assert [wrong for each in writing for wrong in wrong_answers(each, reader, 403, "core.key_out_of_scope")] == []


def test_reading_never_needs_a_right_to_write() -> None:
    """T28: GET asks for a permission to read, and no other method is content with one."""
    wrong = [
        f"{each} needs {each.permission}"
        for each in GUARDED
        if str(each) not in CARTS and (each.method == "GET") != str(each.permission).endswith((":read", ":read_all"))
    ]
    assert wrong == []
