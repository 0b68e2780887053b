"""The log against the whole API: every operation that refuses leaves a denial, every one that changes an entry."""

from collections.abc import Callable
from typing import Any

from fourfold.ground.asking import action_of
from fourfold.ground.ids import new_id
from tests.conftest import Tenant
from tests.security.operations import operations

Sql = Callable[..., list[dict[str, Any]]]
KEPT = """SELECT DISTINCT action, body::jsonb ->> 'route' AS route FROM core.audit_entry
WHERE tenant_id = $1 AND body::jsonb ->> 'outcome' = $2"""


def kept(tenant: Tenant, admin_sql: Sql, outcome: str) -> set[str]:
    """The actions, and the routes behind them, of the entries with this outcome."""
    rows = admin_sql(KEPT, tenant.id, outcome)
    return {name for row in rows for name in (row["action"], row["route"]) if name}


def test_every_refusal_leaves_a_denial(tenant: Tenant, admin_sql: Sql, eventually: Callable[..., Any]) -> None:
    """T01: whichever operation is asked for what is not the caller's, the denial is in the log."""
    refused = set()
    for operation in operations():
        if operation.ids and operation.doors:
            answer = operation.call(tenant.owner, {name: str(new_id()) for name in operation.ids})
            if answer.status_code in {401, 403, 404}:
                refused.add(action_of(operation.route.endpoint))
    assert len(refused) > 40
    eventually(lambda: refused <= kept(tenant, admin_sql, "denied"))


def test_every_change_leaves_an_entry(tenant: Tenant, admin_sql: Sql) -> None:
    """P-18: whichever operation changes something, there is an entry of it."""
    changed = set()
    for operation in operations():
        if operation.method != "GET" and operation.doors and not operation.ids:
            answer = operation.call(tenant.owner, {})
            if answer.status_code in {200, 201, 202, 204}:
                changed.add(action_of(operation.route.endpoint))
    assert len(changed) > 10
    assert changed - kept(tenant, admin_sql, "done") == set()
