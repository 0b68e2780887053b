"""Factors in general: recovery codes, names, removal, and administrators who help."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from fourfold.core.factors.jobs import Tidy, tidy_factors
from fourfold.core.factors.rules import must_have_factor
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.factors import add_app, answer, asked, code_of
from tests.conftest import Tenant

Sql = Callable[..., list[dict[str, Any]]]


def subjects(tenant: Tenant, to: str) -> list[str]:
    mails = tenant.visitor.get("/v1/core/outbox-mail", params={"limit": 100}).json()["items"]
    return [each["subject"] for each in mails if to in str(each)]


def test_a_recovery_code_is_good_once(tenant: Tenant, clock: ShiftedClock, admin_sql: Sql) -> None:
    """P-14, T24: it opens one session, however it is written, and is kept only as a hash."""
    ada = tenant.sign_up()
    codes = add_app(ada, clock)["recovery_codes"]
    rows = admin_sql("SELECT c::text AS row FROM core.recovery_code c WHERE tenant_id = $1", tenant.id)
    assert len(rows) == 10
    assert codes[0].replace("-", "") not in str(rows)
    challenge = asked(tenant, ada.email)["challenge"]
    assert answer(tenant, challenge, recovery_code=codes[0].lower()).status_code == 200
    assert code_of(answer(tenant, challenge, recovery_code=codes[1])) == "core.challenge_over"
    again = answer(tenant, asked(tenant, ada.email)["challenge"], recovery_code=codes[0])
    assert code_of(again) == "core.wrong_second_factor"
    assert ada.get("/v1/core/me/factors").json()["recovery_codes_left"] == 9
    challenges = [asked(tenant, ada.email)["challenge"] for _ in range(4)]
    with ThreadPoolExecutor(4) as many:
        got = list(many.map(lambda each: answer(tenant, each, recovery_code=codes[2]).status_code, challenges))
    assert sorted(got) == [200, 401, 401, 401]


def test_new_codes_end_the_old_ones(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: codes are made anew; without a factor there are none."""
    ada = tenant.sign_up()
    assert code_of(ada.post("/v1/core/me/recovery-codes")) == "core.no_factor"
    old = add_app(ada, clock)["recovery_codes"]
    made = ada.post("/v1/core/me/recovery-codes")
    assert made.status_code == 201, made.text
    new = made.json()["recovery_codes"]
    assert not set(old) & set(new)
    assert answer(tenant, asked(tenant, ada.email)["challenge"], recovery_code=old[0]).status_code == 401
    assert answer(tenant, asked(tenant, ada.email)["challenge"], recovery_code=new[0]).status_code == 200


def test_somebody_elses_recovery_code_is_refused(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: a code belongs to its account."""
    ada, bob = tenant.sign_up(), tenant.sign_up()
    add_app(ada, clock)
    codes = add_app(bob, clock)["recovery_codes"]
    assert answer(tenant, asked(tenant, ada.email)["challenge"], recovery_code=codes[0]).status_code == 401


def test_a_challenge_ends_after_five_minutes(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: an old challenge is refused."""
    ada = tenant.sign_up()
    codes = add_app(ada, clock)["recovery_codes"]
    challenge = asked(tenant, ada.email)["challenge"]
    clock.advance(timedelta(minutes=6))
    assert code_of(answer(tenant, challenge, recovery_code=codes[0])) == "core.challenge_over"


def test_factors_are_renamed_and_removed(tenant: Tenant, clock: ShiftedClock, eventually: Callable[..., Any]) -> None:
    """P-14: with the last factor the codes end too, and the owner is told by mail."""
    ada = tenant.sign_up()
    factor = add_app(ada, clock)["factor"]["id"]
    renamed = ada.patch(f"/v1/core/me/factors/{factor}", json={"name": "old phone"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "old phone")
    assert ada.delete(f"/v1/core/me/factors/{factor}").status_code == 204
    assert ada.delete(f"/v1/core/me/factors/{factor}").status_code == 404
    assert ada.get("/v1/core/me/factors").json() == {"items": [], "recovery_codes_left": 0}
    tenant.sign_in(ada.email)
    told = eventually(lambda: [each for each in subjects(tenant, ada.email) if "removed" in each])
    assert told == ["A way to sign in was removed"]


def test_removing_while_signing_in_does_not_jam(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: a factor that is removed while it is used makes one of the two wait, and neither fail."""
    for _ in range(4):
        ada = tenant.sign_up()
        added = add_app(ada, clock)
        challenges = [asked(tenant, ada.email)["challenge"] for _ in range(3)]
        used = zip(challenges, added["recovery_codes"], strict=False)
        calls = [partial(answer, tenant, each, recovery_code=code) for each, code in used]
        calls.insert(1, partial(ada.delete, f"/v1/core/me/factors/{added['id']}"))
        with ThreadPoolExecutor(4) as many:
            got = [each.status_code for each in many.map(lambda call: call(), calls)]
        assert got[1] == 204
        assert set(got) <= {200, 204, 401}


def test_factors_change_only_after_a_fresh_proof(tenant: Tenant, clock: ShiftedClock) -> None:
    """T25: a stale session, or an API key, changes no factor."""
    ada = tenant.sign_up()
    factor = add_app(ada, clock)["factor"]["id"]
    made = ada.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:write", "core:me:read"]})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert code_of(ada.delete(f"/v1/core/me/factors/{factor}", headers=key)) == "core.step_up_required"
    clock.advance(timedelta(minutes=tenant.running.settings.fresh_minutes, seconds=5))
    if tenant.running.settings.fresh_minutes < tenant.running.settings.access_minutes:
        calls = [
            ada.delete(f"/v1/core/me/factors/{factor}"),
            ada.post("/v1/core/me/recovery-codes"),
            ada.post("/v1/core/me/factors/totp", json={}),
            ada.post("/v1/core/me/factors/passkeys/options"),
        ]
        assert [code_of(each) for each in calls] == ["core.step_up_required"] * len(calls)


def test_an_administrator_helps_whoever_has_lost_everything(
    tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock
) -> None:
    """P-14: administrators remove somebody's factors, but an owner's only an owner; nobody does so elsewhere."""
    ada, admin, bob = tenant.sign_up(), tenant.sign_up("admin"), tenant.sign_up()
    add_app(ada, clock)
    add_app(tenant.owner, clock)
    path = f"/v1/core/accounts/{ada.account_id}/factors"
    assert bob.delete(path).status_code == 403
    assert other_tenant.owner.delete(path).status_code == 404
    assert code_of(admin.delete(f"/v1/core/accounts/{tenant.owner.account_id}/factors")) == "core.owners_only"
    assert admin.delete(path).status_code == 204
    tenant.sign_in(ada.email)


def test_an_account_has_a_bounded_number_of_factors(tenant: Tenant, clock: ShiftedClock, admin_sql: Sql) -> None:
    """P-14: the twenty-first is refused."""
    ada = tenant.sign_up()
    add_app(ada, clock)
    admin_sql(
        "INSERT INTO core.totp_factor (tenant_id, id, account_id, name, sealed_secret, created_at, confirmed_at)"
        " SELECT tenant_id, gen_random_uuid(), account_id, name, sealed_secret, created_at, confirmed_at"
        " FROM core.totp_factor, generate_series(1, 19) WHERE account_id = $1::text::uuid",
        ada.account_id,
    )  # fmt: skip
    assert code_of(ada.post("/v1/core/me/factors/totp", json={})) == "core.too_many_factors"


def test_old_challenges_are_forgotten(tenant: Tenant, clock: ShiftedClock, admin_sql: Sql) -> None:
    """P-14: nothing of a half-done sign-in stays for good."""
    ada = tenant.sign_up()
    add_app(ada, clock)
    asked(tenant, ada.email)

    async def tidy() -> None:
        house = await open_house(tenant.running.settings, ALL, clock=clock)
        async with begin(house, Who.system(UUID(tenant.id))) as work:
            await tidy_factors.act(work, Tidy())
        await house.close()

    left = []
    for hours in (1, 2):
        asyncio.run(tidy())
        left += admin_sql("SELECT count(*) AS kept FROM core.second_factor_challenge WHERE tenant_id = $1", tenant.id)
        clock.advance(timedelta(hours=hours))
    asyncio.run(tidy())
    left += admin_sql("SELECT count(*) AS kept FROM core.second_factor_challenge WHERE tenant_id = $1", tenant.id)
    assert [each["kept"] for each in left] == [1, 1, 0]


def test_roles_may_demand_a_factor() -> None:
    """P-14: who lacks the factor that one of its roles demands."""
    assert must_have_factor(["owner", "admin"], ["admin"], [])
    assert not must_have_factor(["owner", "admin"], ["admin"], ["totp"])
    assert not must_have_factor(["owner"], ["customer"], [])
    assert not must_have_factor([], ["owner"], [])
