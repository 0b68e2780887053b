"""Several API processes: what is refused or changed in one of them is so in all of them, at once."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from tests.conftest import PASSWORD, Caller, Running, Tenant, in_time
from tests.core.access.conftest import api_process
from tests.core.access.test_api_keys import make_key
from tests.serve.test_cli import fourfold

__all__ = ["fourfold"]
SECOND = 1.0


def tokens_of(tenant: Tenant, caller: Caller) -> dict[str, str]:
    """A fresh session of the caller."""
    body = {"email": caller.email, "password": PASSWORD}
    answer = tenant.visitor.post("/v1/core/tokens", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def bearer(token: str) -> dict[str, str]:
    """The header that carries it."""
    return {"Authorization": f"Bearer {token}"}


def me(client: httpx.Client, token: str) -> int:
    """The status that a token gets from a process."""
    return client.get("/v1/core/me", headers=bearer(token)).status_code


def refreshed(client: httpx.Client, tokens: dict[str, str]) -> int:
    """The status that a refresh gets from a process."""
    return client.post("/v1/core/tokens/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code


def sign_out(member: Caller, tokens: dict[str, str], _tenant: Tenant) -> None:
    answer = member.base.post("/v1/core/sign-out", headers=bearer(tokens["access_token"]))
    assert answer.status_code == 204, answer.text


def end_others(member: Caller, _tokens: dict[str, str], _tenant: Tenant) -> None:
    assert member.post("/v1/core/sessions/end-others").json()["ended"] >= 1


def change_password(member: Caller, _tokens: dict[str, str], _tenant: Tenant) -> None:
    body = {"current": PASSWORD, "new": "another long phrase nobody guesses", "end_other_sessions": True}
    answer = member.put("/v1/core/me/password", json=body)
    assert answer.status_code in {200, 204}, answer.text


def end_by_administrator(member: Caller, _tokens: dict[str, str], tenant: Tenant) -> None:
    answer = tenant.owner.delete(f"/v1/core/accounts/{member.account_id}/sessions")
    assert answer.json()["ended"] >= 1


Ending = Callable[[Caller, dict[str, str], Tenant], None]


@pytest.mark.parametrize("end", [sign_out, end_others, change_password, end_by_administrator])
def test_ended_sessions_are_refused_everywhere(tenant: Tenant, second: httpx.Client, end: Ending) -> None:
    """T19: after logout, a change of password or an administrator's word both tokens are 401 in both processes."""
    tokens: dict[str, str] = {}

    def ended() -> Callable[[], bool]:
        member = tenant.sign_up()
        tokens.update(tokens_of(tenant, member))
        assert me(second, tokens["access_token"]) == 200
        end(member, tokens, tenant)
        assert me(tenant.running.client, tokens["access_token"]) == 401
        return lambda: me(second, tokens["access_token"]) == 401

    in_time(ended, SECOND)
    assert refreshed(second, tokens) == refreshed(tenant.running.client, tokens) == 401


def test_roles_change_everywhere(tenant: Tenant, second: httpx.Client) -> None:
    """T20: another process knows within a second what a role may do no longer, and who has lost one."""
    asked, members = "/v1/core/accounts", list[Caller]()

    def may_less() -> Callable[[], bool]:
        name = f"reader{len(members)}"
        role = {"name": name, "title": "Reads", "permissions": ["core:accounts:read", "core:me:read"]}
        assert tenant.owner.post("/v1/core/roles", json=role).status_code == 201
        member = tenant.sign_up(name)
        members.append(member)
        assert second.get(asked, headers=member.headers).status_code == 200
        less = {"permissions": ["core:me:read"]}
        assert tenant.owner.patch(f"/v1/core/roles/{name}", json=less).status_code == 200
        assert member.get(asked).status_code == 403
        return lambda: second.get(asked, headers=member.headers).status_code == 403

    def has_lost_it() -> Callable[[], bool]:
        member = members.pop() if members else tenant.sign_up("vendor")
        assert second.get("/v1/core/me", headers=member.headers).status_code == 200
        tenant.owner.put(f"/v1/core/accounts/{member.account_id}/roles", json={"roles": ["customer"]})
        assert member.get("/v1/core/me").status_code == 401
        return lambda: second.get("/v1/core/me", headers=member.headers).status_code == 401

    in_time(may_less, SECOND)
    in_time(has_lost_it, SECOND)


def test_revoked_keys_are_refused_everywhere(tenant: Tenant, second: httpx.Client) -> None:
    """T35: a process that has remembered a key as good hears of its end at once, and not after half a minute."""

    def revoked() -> Callable[[], bool]:
        made = make_key(tenant.owner)
        assert me(second, made["key"]) == 200
        tenant.owner.delete(f"/v1/core/api-keys/{made['id']}")
        return lambda: me(second, made["key"]) == 401

    in_time(revoked, SECOND)


def test_keys_rotate_under_load(tenant: Tenant, second: httpx.Client, fourfold: Any, eventually: Any) -> None:
    """P-13: while the signing key changes no request fails, in either process, with old tokens or with new ones."""
    clients, stop, wrong = (tenant.running.client, second), threading.Event(), []
    before = tokens_of(tenant, tenant.owner)["access_token"]

    def ask(client: httpx.Client, other: httpx.Client) -> None:
        tokens = tokens_of(tenant, tenant.owner)
        while not stop.is_set():
            answer = client.post("/v1/core/tokens/refresh", json={"refresh_token": tokens["refresh_token"]})
            if answer.status_code != 200:
                wrong.append(answer.text)
                return
            tokens = answer.json()
            for each, token in ((client, tokens["access_token"]), (other, tokens["access_token"]), (other, before)):
                if (status := me(each, token)) != 200:
                    wrong.append(f"{status} from {each.base_url}")

    threads = [threading.Thread(target=ask, args=pair) for pair in (clients, clients[::-1])]
    for thread in threads:
        thread.start()
    try:
        made = fourfold("keys", "rotate", "--overlap", "0", "--json")
        assert made.returncode == 0, made.stderr
        newest = made.stdout.split('"')[3]
        for client in clients:
            eventually(lambda client=client: newest in client.get("/.well-known/jwks.json").text)
        time.sleep(1)
    finally:
        # Else they go on into the next tests.
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert jwt.get_unverified_header(tokens_of(tenant, tenant.owner)["access_token"])["kid"] == newest


def test_without_valkey_what_is_revoked_stays_so(tenant: Tenant, running: Running) -> None:
    """T39: a process whose Valkey is away serves reads, and refuses ended sessions and keys."""
    member = tenant.sign_up()
    ended = tokens_of(tenant, member)
    sign_out(member, ended, tenant)
    with api_process(running, FOURFOLD_VALKEY_URL="redis://127.0.0.1:9/0") as alone:
        assert me(alone, ended["access_token"]) == refreshed(alone, ended) == 401

        def revoked() -> Callable[[], bool]:
            lives, made = tokens_of(tenant, member), make_key(tenant.owner)
            assert me(alone, lives["access_token"]) == me(alone, made["key"]) == 200
            tenant.owner.delete(f"/v1/core/api-keys/{made['id']}")
            sign_out(member, lives, tenant)
            return lambda: {me(alone, lives["access_token"]), me(alone, made["key"])} == {401}

        in_time(revoked, SECOND)
