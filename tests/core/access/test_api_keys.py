"""API keys: shown once, kept as a hash, never more than their maker, refused when they should be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fourfold.core.keys.rules import checksum
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.conftest import Caller, Running, Tenant, _open_tenant, in_time


def make_key(caller: Caller, *scopes: str, **rest: Any) -> dict[str, Any]:
    """A new key of the caller."""
    answer = caller.post("/v1/core/api-keys", json={"name": "sync", "scopes": scopes or ["core:me:read"], **rest})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def with_key(tenant: Tenant, key: str, path: str = "/v1/core/me", **headers: str) -> httpx.Response:
    """What the key is answered."""
    credential = {b"Authorization": f"Bearer {key}".encode("latin-1")}
    sent = {name.encode(): value.encode() for name, value in headers.items()}
    return tenant.running.client.get(path, headers={**credential, **sent})


def test_a_key_is_shown_once(tenant: Tenant, admin_sql: Any) -> None:
    """T33: the whole key is in the answer that made it; later only its end is shown, and a hash is kept."""
    made = make_key(tenant.owner)
    secret = made["key"].split("_")[3]
    assert with_key(tenant, made["key"]).json()["id"] == tenant.owner.account_id
    (listed,) = tenant.owner.get("/v1/core/api-keys").json()["items"]
    assert (listed["prefix"], listed["last_four"]) == (made["prefix"], made["key"][-4:])
    assert made["key"].startswith(made["prefix"] + "_")
    assert secret not in str(listed)
    assert listed["last_used_at"] is not None
    kept = admin_sql("SELECT to_jsonb(k)::text AS row FROM core.api_key k WHERE id = $1", made["id"])
    assert secret not in kept[0]["row"]
    events = tenant.owner.get("/v1/core/events", params={"limit": 100}).text
    assert secret not in events


def test_the_end_of_a_key_is_told_in_utc(tenant: Tenant) -> None:
    """P-17, P-20: a moment with any offset is answered in UTC; one that UTC does not have is refused."""
    ask = {"name": "far", "scopes": ["core:me:read"], "expires_at": "2099-01-01T00:00:00+05:30"}
    made = tenant.owner.post("/v1/core/api-keys", json=ask)
    assert made.json()["expires_at"] == "2098-12-31T18:30:00Z"
    refused = tenant.owner.post("/v1/core/api-keys", json=ask | {"expires_at": "9999-12-31T23:59:59-14:00"})
    assert refused.status_code == 422
    assert not refused.json()["errors"][0]["message"].startswith("Value error")


def mistyped(key: str) -> dict[str, str]:
    """Keys that are not quite the one."""
    body = key.rpartition("_")[0]
    prefix, environment, ids, secret = body.split("_")
    start = f"{prefix}_{environment}"
    other = f"{start}_{ids}_{secret[:-1]}{'0' if secret[-1] != '0' else '1'}"
    nobody = f"{start}_{ids[:32]}{new_id().hex}_{secret}"
    nowhere = f"{start}_{new_id().hex}{ids[32:]}_{secret}"
    live = f"{prefix}_live_{ids}_{secret}"
    return {
        "wrong checksum": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "wrong secret": f"{other}_{checksum(other)}",
        "unknown key": f"{nobody}_{checksum(nobody)}",
        "unknown tenant": f"{nowhere}_{checksum(nowhere)}",
        "other environment": f"{live}_{checksum(live)}",
        "cut off": key[:40],
        "no ids": f"ffk_x_y_{checksum('ffk_x_y')}",
        "only a prefix": "ffk_",
        "U+FFFF": "ffk_\uffff".encode().decode("latin-1"),
    }


MISTYPED = {"wrong checksum", "cut off", "no ids", "only a prefix", "U+FFFF"}


@pytest.mark.parametrize("fault", list(mistyped("ffk_test_a_b_c")))
def test_a_wrong_key_is_refused(tenant: Tenant, fault: str) -> None:
    """T34: mistyped keys are 401 with a code of their own; guessed and made-up ones are all the same."""
    answer = with_key(tenant, mistyped(make_key(tenant.owner)["key"])[fault])
    code = "core.key_mistyped" if fault in MISTYPED else "invalid_api_key"
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_a_key_expires(tenant: Tenant, clock: ShiftedClock) -> None:
    """T34: a key works until its time, and not one moment longer; a time that has passed is refused."""
    now = datetime.now(UTC)
    made = make_key(tenant.owner, expires_at=(now + timedelta(hours=1)).isoformat())
    assert with_key(tenant, made["key"]).status_code == 200
    clock.advance(timedelta(minutes=61))
    answer = with_key(tenant, made["key"])
    assert (answer.status_code, answer.json()["code"]) == (401, "core.key_expired")
    clock.offset *= 0
    body = {"name": "late", "scopes": ["core:me:read"], "expires_at": (now - timedelta(hours=1)).isoformat()}
    assert tenant.owner.post("/v1/core/api-keys", json=body).status_code == 422


def test_a_revoked_key_is_refused_at_once(tenant: Tenant) -> None:
    """T35: after it was revoked a key opens nothing; another key of the same account still does."""
    first, second = make_key(tenant.owner), make_key(tenant.owner)
    assert tenant.owner.delete(f"/v1/core/api-keys/{first['id']}").status_code == 204
    answer = with_key(tenant, first["key"])
    assert (answer.status_code, answer.json()["code"]) == (401, "core.key_revoked")
    assert with_key(tenant, second["key"]).status_code == 200
    assert tenant.owner.delete(f"/v1/core/api-keys/{first['id']}").status_code == 404


def test_a_key_does_what_its_scopes_say(tenant: Tenant) -> None:
    """T34: outside of its scopes a key is 403, though its maker may."""
    key = make_key(tenant.owner, "core:me:read")["key"]
    answer = with_key(tenant, key, "/v1/core/accounts")
    assert (answer.status_code, answer.json()["code"]) == (403, "core.key_out_of_scope")
    assert with_key(tenant, key).json()["permissions"] == ["core:me:read"]


def test_a_key_does_no_more_than_its_maker(tenant: Tenant) -> None:
    """T31: nobody makes a key that may do more than they may, and a key loses what its maker loses."""
    admin = tenant.sign_up("admin")
    customer = tenant.sign_up()
    answer = customer.post("/v1/core/api-keys", json={"name": "x", "scopes": ["core:accounts:read"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "core.scope_beyond_rights")
    key = make_key(admin, "core:accounts:read")["key"]
    assert with_key(tenant, key, "/v1/core/accounts").status_code == 200
    tenant.owner.put(f"/v1/core/accounts/{admin.account_id}/roles", json={"roles": ["customer"]})
    assert with_key(tenant, key, "/v1/core/accounts").status_code == 403


def test_a_key_makes_no_greater_key(tenant: Tenant) -> None:
    """T31: a key that may make keys gives away no more than its own scopes."""
    key = make_key(tenant.owner, "core:api_keys:write", "core:me:read")["key"]
    maker = Caller(tenant.running.client, {"Authorization": f"Bearer {key}"})
    body = {"name": "x", "scopes": ["core:roles:write"]}
    assert maker.post("/v1/core/api-keys", json=body).status_code == 403
    assert maker.post("/v1/core/api-keys", json={"name": "x", "scopes": ["core:me:read"]}).status_code == 201


def test_a_key_of_one_tenant_is_refused_at_another(tenant: Tenant, other_tenant: Tenant) -> None:
    """T34: a key opens its own tenant only, whatever header or host names another; and nobody else revokes it."""
    made = make_key(tenant.owner)
    assert with_key(tenant, made["key"], **{"X-Tenant": other_tenant.slug}).json()["code"] == "wrong_tenant"
    assert other_tenant.owner.delete(f"/v1/core/api-keys/{made['id']}").status_code == 404
    assert tenant.sign_up("admin").delete(f"/v1/core/api-keys/{made['id']}").status_code == 404
    assert with_key(tenant, made["key"]).status_code == 200


def test_a_key_in_the_address_is_nothing(tenant: Tenant) -> None:
    """T34: a key is read from the Authorization header only; where it would be logged it opens nothing."""
    key = make_key(tenant.owner)["key"]
    for name in ("key", "api_key", "access_token", "token"):
        answer = tenant.visitor.get("/v1/core/me", params={name: key})
        assert (answer.status_code, answer.json()["code"]) == (401, "core.key_in_address")
        assert tenant.owner.get("/v1/core/me", params={name: key}).status_code == 401
    assert tenant.visitor.get("/v1/core/me", headers={"Cookie": f"token={key}"}).status_code == 401
    assert tenant.visitor.get("/v1/core/me", headers={"Authorization": f"Basic {key}"}).status_code == 401


def test_a_key_of_a_suspended_tenant_is_refused(running: Running, admin_sql: Any) -> None:
    """T12: keys, tokens and visitors of a suspended tenant are 403 within a second; others notice nothing."""
    suspended: list[tuple[Tenant, str]] = []

    def suspend() -> Callable[[], bool]:
        tenant = _open_tenant(running)
        key = make_key(tenant.owner)["key"]
        suspended.append((tenant, key))
        admin_sql("UPDATE core.tenant SET status = 'suspended' WHERE id = $1", tenant.id)
        admin_sql(
            "INSERT INTO ground.revocation (subject, revoked_at, until) VALUES ($1, now(), now() + interval '1 hour')",
            f"tenant:{tenant.id}",
        )
        return lambda: with_key(tenant, key).status_code == 403

    in_time(suspend, 1)
    tenant, key = suspended[-1]
    answers = [with_key(tenant, key), tenant.owner.get("/v1/core/me"), tenant.visitor.get("/v1/core/me")]
    assert [answer.json()["code"] for answer in answers] == ["tenant_suspended", "tenant_suspended", "unauthenticated"]
    sign_in = tenant.visitor.post("/v1/core/tokens", json={"email": tenant.owner.email, "password": "x"})
    assert (sign_in.status_code, sign_in.json()["code"]) == (403, "tenant_suspended")
