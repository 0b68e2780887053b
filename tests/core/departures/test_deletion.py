"""Deletion: after the grace period nothing of the tenant is left, everything of the others is, and a receipt tells."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from fourfold.core.departures.rules import emptying_order
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.builders.clocks import StoppableClock
from tests.builders.commerce import made
from tests.builders.everything import one_of_everything, until
from tests.builders.operators import an_operator
from tests.conftest import PASSWORD, Caller, Running, Tenant
from tests.core.departures.test_exports import exported

DELETIONS = "/v1/core/tenant-deletions"
OPERATED = "/v1/core/operator/tenants"

TABLES = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind IN ('r', 'p') ORDER BY 1
"""
# What the worker moves on by itself; what the clock brings about, and what the gateway tells late.
MOVING = {"ground.event": "- 'published_at' - 'settled'", "ground.inbox": "- 'at'"}
RESTLESS = {
    "ground.job", "core.audit_seal", "core.audit_waiting", "commerce.gateway_event", "commerce.payment_event",
}  # fmt: skip
# What the worker has still to do for a tenant, at once or soon.
MOVES = """
SELECT (SELECT count(*) FROM ground.job WHERE tenant_id = $1 AND status IN ('queued', 'running')
        AND run_at < now() + interval '1 minute')
     + (SELECT count(*) FROM ground.event WHERE tenant_id = $1 AND NOT settled)
     + (SELECT count(*) FROM core.audit_waiting WHERE tenant_id = $1) AS moves
"""


@pytest.fixture
def operator(running: Running) -> Caller:
    """An operator of the platform."""
    return an_operator(running)


@pytest.fixture
def later(clock: ShiftedClock) -> Callable[[timedelta], None]:
    """Lets time pass for the application."""

    def move(by: timedelta) -> None:
        clock.offset += by

    return move


def delete(tenant: Tenant, **changes: Any) -> Any:
    """Asks for the deletion."""
    return tenant.owner.post(DELETIONS, json={"slug": tenant.slug, "password": PASSWORD, **changes})


def digests(tenant: Tenant, admin_sql: Callable[..., Any]) -> dict[str, str]:
    """A digest of all rows of a tenant in each table."""
    found = {}
    for name in (row["name"] for row in admin_sql(TABLES)):
        if name not in RESTLESS:
            row = f"(to_jsonb(t) {MOVING.get(name, '')})::text"
            text = f"SELECT md5(string_agg({row}, ',' ORDER BY {row})) AS sum FROM {name} t WHERE tenant_id = $1"
            found[name] = str(admin_sql(text, tenant.id)[0]["sum"])
    return found


def at_rest(tenant: Tenant, admin_sql: Callable[..., Any]) -> dict[str, str]:
    """The digests, once nothing moves any more: that a second changes nothing says little of a busy worker."""
    until(lambda: admin_sql(MOVES, tenant.id)[0]["moves"] == 0)
    before: dict[str, str] = {}
    for _ in range(30):
        after = digests(tenant, admin_sql)
        if after == before:
            return after
        before = after
        time.sleep(1)
    pytest.fail("the rows do not come to rest")


def test_nothing_is_left_and_others_have_everything(
    running: Running, operator: Caller, tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., Any],
    eventually: Callable[..., Any],
) -> None:  # fmt: skip
    """T68: no row in any table, no file, no token that works; the export's sum and all counts are on the receipt."""
    one_of_everything(tenant)
    one_of_everything(other_tenant)
    done, _ = exported(tenant.owner, eventually)
    refresh = tenant.visitor.post("/v1/core/tokens", json={"email": tenant.owner.email, "password": PASSWORD}).json()
    key = made(tenant.owner.post("/v1/core/api-keys", json={"name": "k", "scopes": ["core:me:read"]}))["key"]
    before = at_rest(other_tenant, admin_sql)
    started = operator.post(f"{OPERATED}/{tenant.id}/deletion", json={"grace_days": 0})
    assert started.status_code == 202, started.text
    path = f"{OPERATED}/{tenant.id}/deletion"
    deletion = eventually(lambda: next((x for x in [operator.get(path).json()] if x["done_at"]), None))
    counts = {
        row["name"]: admin_sql(f"SELECT count(*) AS n FROM {row['name']} WHERE tenant_id = $1", tenant.id)[0]["n"]
        for row in admin_sql(TABLES)
    }
    assert {name: count for name, count in counts.items() if count} == {}
    folder = running.settings.home / "files" / tenant.id
    assert not folder.exists() or [each for each in folder.rglob("*") if each.is_file()] == []
    receipt = deletion["receipt"]
    assert receipt["tenant"] == {"id": tenant.id, "slug": tenant.slug}
    assert receipt["last_export_sha256"] == done["sha256"]
    assert receipt["tables"]["core.account"] >= 2
    assert receipt["tables"]["core.audit_entry"] > 0
    assert receipt["files"] > 0
    keys = jwt.PyJWKSet.from_dict(running.client.get("/.well-known/jwks.json").json())
    signed = jwt.decode(
        deletion["signature"], keys[jwt.get_unverified_header(deletion["signature"])["kid"]].key, ["EdDSA"]
    )
    assert signed == receipt
    for caller in (tenant.owner, Caller(running.client, {"Authorization": f"Bearer {key}"}), tenant.visitor):
        assert caller.get("/v1/core/me").status_code in {401, 403, 404}
    again = running.client.post("/v1/core/tokens/refresh", json={"refresh_token": refresh["refresh_token"]})
    assert again.status_code == 401
    as_token = running.client.get("/v1/core/me", headers={"Authorization": f"Bearer {deletion['signature']}"})
    assert as_token.status_code == 401
    assert at_rest(other_tenant, admin_sql) == before
    owner = {"email": "x@y.test", "password": PASSWORD, "name": "X"}
    taken = running.client.post("/v1/core/tenants", json={"name": "X", "slug": tenant.slug, "owner": owner})
    assert taken.json()["code"] == "core.slug_taken"
    assert operator.get(f"{OPERATED}/{tenant.id}").json()["status"] == "deleted"
    assert operator.delete(path).status_code == 400
    mails = admin_sql("SELECT recipient FROM core.mail WHERE once = $1", f"tenant-deleted:{deletion['id']}")
    assert [each["recipient"] for each in mails] == [tenant.owner.email]


def test_a_deletion_is_cancelled_in_time(
    tenant: Tenant,
    other_tenant: Tenant,
    admin_sql: Callable[..., Any],
    running: Running,
    eventually: Callable[..., Any],
) -> None:
    """B-03: until it is due nobody is served; the token brings everything back."""
    asked = delete(tenant)
    assert asked.status_code == 202, asked.text
    answer = tenant.owner.get("/v1/core/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_suspended")
    mail = eventually(
        lambda: admin_sql("SELECT body_text FROM core.mail WHERE tenant_id = $1 AND status = 'sent' AND once LIKE $2",
                          tenant.id, f"tenant-deletion:{asked.json()['id']}%"),
    )  # fmt: skip
    token = asked.json()["cancel_token"]
    assert token in mail[0]["body_text"]
    cancel = f"{DELETIONS}/cancel"
    wrong = [f"ffd_{new_id().hex}{'0' * 48}", token[:-1] + ("0" if token[-1] != "0" else "1"), "x"]
    for each in wrong:
        refused = running.client.post(cancel, json={"token": each})
        assert (refused.status_code, refused.json()["code"]) == (400, "core.nothing_to_cancel")
    assert running.client.post(cancel, json={"token": token}).status_code == 204
    eventually(lambda: tenant.owner.get("/v1/core/me").status_code == 200)
    assert running.client.post(cancel, json={"token": token}).status_code == 400
    assert other_tenant.owner.get("/v1/core/me").status_code == 200
    # It may be asked for again.
    assert delete(tenant).status_code == 202


def test_a_deletion_waits_until_it_is_due(
    tenant: Tenant, operator: Caller, later: Callable[[timedelta], None], eventually: Callable[..., Any]
) -> None:
    """B-03: nothing is erased before the grace period is over, and it cannot be cancelled afterwards."""
    asked = delete(tenant).json()
    path = f"{OPERATED}/{tenant.id}/deletion"
    time.sleep(1)
    assert operator.get(path).json()["done_at"] is None
    later(timedelta(days=15))
    fresh = an_operator(tenant.running)
    eventually(lambda: fresh.get(path).json()["done_at"])
    answer = tenant.running.client.post(f"{DELETIONS}/cancel", json={"token": asked["cancel_token"]})
    assert answer.status_code == 400


def test_guesses_at_a_deletion_lock_out(tenant: Tenant, clock: StoppableClock) -> None:
    """B-03, T21: whoever holds an owner's session cannot try passwords there without end."""
    clock.stop()
    answers = [delete(tenant, password=f"wrong {number}").status_code for number in range(5)]
    assert answers == [403] * 5
    locked = delete(tenant)
    assert (locked.status_code, locked.json()["code"]) == (429, "core.locked_out")
    assert tenant.owner.get("/v1/core/me").status_code == 200


def test_only_who_means_it_deletes(tenant: Tenant, operator: Caller) -> None:
    """B-03: an owner, who types the slug and the password; the operators' own tenant stays."""
    assert delete(tenant, slug="other").status_code == 422
    wrong = delete(tenant, password="not it")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "core.wrong_password")
    assert delete(tenant, slug=5).status_code == 422
    assert delete(tenant, slug="x" * 64).status_code == 422
    assert delete(tenant, more="x").status_code == 422
    admin = tenant.sign_up("admin")
    assert admin.post(DELETIONS, json={"slug": tenant.slug, "password": PASSWORD}).status_code == 403
    own = operator.post(DELETIONS, json={"slug": "platform", "password": PASSWORD})
    assert (own.status_code, own.json()["code"]) == (409, "core.not_deletable")
    assert operator.post(f"{OPERATED}/{new_id()}/deletion", json={}).status_code == 404
    assert operator.get(f"{OPERATED}/{tenant.id}/deletion").status_code == 404
    assert operator.delete(f"{OPERATED}/{tenant.id}/deletion").status_code == 404
    assert tenant.owner.get("/v1/core/me").status_code == 200


def test_what_refers_is_emptied_first() -> None:
    """T68: children before parents, and circles in any order."""
    order = emptying_order(["a", "b", "c", "d"], [("b", "a"), ("c", "b"), ("d", "d")])
    assert order.index("c") < order.index("b") < order.index("a")
    assert sorted(emptying_order(["a", "b"], [("a", "b"), ("b", "a")])) == ["a", "b"]
