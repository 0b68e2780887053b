"""No secret gets into the log: known ones are sent through every operation, and then looked for."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from fourfold.ground.ids import new_id
from fourfold.ground.redaction import CUT, PERSONAL, SECRET, shown
from tests.builders.everything import one_of_everything
from tests.conftest import Tenant
from tests.security.operations import SAMPLES, operations

Sql = Callable[..., list[dict[str, Any]]]
MARK = "hunter2"
# What a body's strings may be without being refused at once, by the words of their names.
SECRET_WORDS = ("password", "secret", "token", "key", "code", "pin", "card", "signature", "answer", "current", "new")
PERSONAL_WORDS = ("email", "phone", "address", "line1", "line2", "city", "postcode", "name")
KEPT = """SELECT concat_ws(' ', action, target, body) AS text FROM core.audit_entry WHERE tenant_id = $1"""


def planted(value: Any, name: str = "") -> Any:
    """A body in which every text whose name tells of a secret or of a person carries our mark."""
    if isinstance(value, dict):
        return {key: planted(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [planted(each, name) for each in value]
    if isinstance(value, str) and any(word in name for word in SECRET_WORDS):
        return f"{MARK}-correct-horse-{new_id().hex}"
    if isinstance(value, str) and name == "email":
        return f"{MARK}-{new_id().hex[-8:]}@example.test"
    if isinstance(value, str) and any(word in name for word in PERSONAL_WORDS):
        return MARK
    return value


def test_no_secret_is_kept(tenant: Tenant, admin_sql: Sql, eventually: Callable[..., Any]) -> None:
    """T64: passwords, tokens, codes and addresses sent in bodies, queries, headers and paths are in no entry."""
    ids = one_of_everything(tenant)
    for operation in operations():
        if operation.method == "GET":
            continue
        known = {name: str(new_id()) for name in operation.ids} | ids
        body = planted(SAMPLES.smallest(operation.body_schema)) if operation.body_schema else None
        for caller in (tenant.owner, tenant.visitor):
            operation.call(caller, known, body, params={"token": MARK, "key": MARK})
        operation.call(tenant.visitor, known, body, headers={"Authorization": f"Bearer {MARK}", "X-Note": MARK})
    tenant.visitor.post("/v1/core/tokens", json={"email": f"{MARK}@example.test", "password": MARK})
    eventually(lambda: not admin_sql("SELECT FROM core.audit_waiting WHERE tenant_id = $1", tenant.id))
    texts = [row["text"] for row in admin_sql(KEPT, tenant.id)]
    assert len(texts) > 50
    assert [text for text in texts if MARK in text] == []
    token = tenant.owner.headers["Authorization"].removeprefix("Bearer ")
    assert [text for text in texts if token[-40:] in text or "@" in text] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"password": "x", "new_password": "y"}, {"password": SECRET, "new_password": SECRET}),
        ({"apiKey": "x", "clientSecret": "y"}, {"apiKey": SECRET, "clientSecret": SECRET}),
        ({"card": {"number": "1"}}, {"card": SECRET}),
        ({"key_id": "a", "email_verified": True}, {"key_id": "a", "email_verified": True}),
        ({"country_code": "DE", "code": "WELCOME"}, {"country_code": "DE", "code": SECRET}),
        ({"note": "write to ada@example.test"}, {"note": PERSONAL}),
        ({"note": "ffk_0123456789abcdef"}, {"note": SECRET}),
        ({"note": "pay with 4242 4242 4242 4242"}, {"note": SECRET}),
        ({"value": SecretStr("x"), "raw": b"x"}, {"value": SECRET, "raw": SECRET}),
        ({"lines": [{"token": "x", "count": 1}]}, {"lines": [{"token": SECRET, "count": 1}]}),
        ({"roles": {"b", "a"}}, {"roles": ["a", "b"]}),
        ({"title": "x" * 501}, {"title": "x" * 500 + CUT}),
        ({"id": "01890123-4567-7123-8123-456789012345"}, {"id": "01890123-4567-7123-8123-456789012345"}),
    ],
)
def test_what_is_hidden(given: Any, kept: Any) -> None:
    """T64: by the name of a field and by the looks of a value; and what only tells of a secret stays."""
    assert shown(given) == kept


def test_endless_details_are_cut() -> None:
    """T64: whatever an act tells of itself, it does not nest or last without end."""
    nested: Any = "x"
    for _ in range(50):
        nested = {"in": nested}
    assert CUT in str(shown(nested))
    assert len(shown(list(range(1000)))) == 101
