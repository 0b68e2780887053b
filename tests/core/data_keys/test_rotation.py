"""A tenant's sealing key is changed while fields are read and written, and nobody notices."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

from fourfold.core.factors.prove import TOTP_SECRET
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.sealing import key_of
from fourfold.ground.who import Who
from fourfold.ground.work import begin, look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.factors import add_app, answer, asked, code_at, code_of
from tests.builders.people import settled_mails
from tests.conftest import Tenant

Sql = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]
FIELDS = 450


async def add_fields(house: House, tenant: Tenant, account: str, count: int) -> None:
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        for _ in range(count):
            row = new_id()
            sealed = await house.sealer.seal(work.db, UUID(tenant.id), TOTP_SECRET.place, row, row.bytes)
            await work.db.execute(
                "INSERT INTO core.totp_factor (tenant_id, id, account_id, name, sealed_secret, created_at)"
                " VALUES ($1, $2, $3, 'many', $4, $5)",
                UUID(tenant.id), row, UUID(account), sealed, work.now,
            )  # fmt: skip


async def read_fields(house: House, tenant: Tenant) -> int:
    """How many fields there are; raises when one of them does not open."""
    async with look(house, Who.system(UUID(tenant.id))) as view:
        rows = await view.db.fetch("SELECT id, sealed_secret FROM core.totp_factor WHERE name = 'many'")
        for row in rows:
            plain = await house.sealer.open(
                view.db, UUID(tenant.id), TOTP_SECRET.place, row["id"], row["sealed_secret"]
            )
            assert plain == row["id"].bytes
    return len(rows)


def keys_of(tenant: Tenant) -> Sequence[dict[str, Any]]:
    got = tenant.owner.get("/v1/core/data-keys")
    assert got.status_code == 200, got.text
    items: Sequence[dict[str, Any]] = got.json()["items"]
    return items


def is_done(tenant: Tenant, job: str) -> dict[str, Any] | None:
    found: dict[str, Any] = tenant.owner.get(f"/v1/core/jobs/{job}").json()
    return found if found["status"] == "done" else None


def test_keys_change_under_load(tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql) -> None:
    """B-51, T66: while fields are read and written no read fails; then all have the new key, the old is gone."""
    ada = tenant.sign_up()

    async def live() -> dict[str, Any]:
        house = await open_house(tenant.running.settings, ALL, clock=clock)
        fresh = asyncio.create_task(house.changes.keep_fresh())
        await add_fields(house, tenant, ada.account_id, FIELDS)
        rotated = (await asyncio.to_thread(tenant.owner.post, "/v1/core/data-keys/rotate")).json()
        reads = 0
        while (done := await asyncio.to_thread(is_done, tenant, rotated["job_id"])) is None or reads < 20:
            await add_fields(house, tenant, ada.account_id, 1)
            reads += 1
            assert await read_fields(house, tenant) == FIELDS + reads
        fresh.cancel()
        await house.close()
        return {**rotated, "done": done}

    rotated = asyncio.run(live())
    assert rotated["done"]["progress"] == 1
    assert rotated["done"]["result"]["resealed"] >= FIELDS
    assert rotated["done"]["result"]["unreadable"] == 0
    clock.advance(timedelta(minutes=6))
    tenant.owner = tenant.sign_in(tenant.owner.email)
    eventually(lambda: [each for each in keys_of(tenant) if each["retired_at"]])
    new, old = keys_of(tenant)
    assert (new["id"], new["retired_at"]) == (rotated["key_id"], None)
    assert new["fields"] > FIELDS
    assert (old["fields"], old["replaced_at"] is None, old["retired_at"] is None) == (0, False, False)
    kept = "SELECT wrapped FROM ground.data_key WHERE tenant_id = $1 AND id = $2::text::uuid"
    assert admin_sql(kept, tenant.id, old["id"]) == [{"wrapped": None}]
    seals = admin_sql("SELECT sealed_secret FROM core.totp_factor WHERE tenant_id = $1", tenant.id)
    assert {str(key_of(each["sealed_secret"])) for each in seals} == {rotated["key_id"]}


def test_an_app_goes_on_showing_codes(tenant: Tenant, clock: ShiftedClock, eventually: Eventually) -> None:
    """B-51: what was sealed before is of use after the change of keys, and after the old key is gone."""
    ada = tenant.sign_up()
    secret = add_app(ada, clock)["secret"]
    job = tenant.owner.post("/v1/core/data-keys/rotate").json()["job_id"]
    assert answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secret, clock, 1)).status_code == 200
    eventually(lambda: is_done(tenant, job))
    clock.advance(timedelta(minutes=6))
    tenant.owner = tenant.sign_in(tenant.owner.email)
    eventually(lambda: [each for each in keys_of(tenant) if each["retired_at"]])
    assert answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secret, clock)).status_code == 200


def test_what_does_not_open_stays_with_its_key(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql
) -> None:
    """B-51: a damaged field is counted and left alone, and the key that might open it is not destroyed."""
    add_app(tenant.sign_up(), clock)
    # What is done for new accounts in the background seals fields too.
    settled_mails(tenant, tenant.owner)
    admin_sql(
        "UPDATE core.totp_factor SET sealed_secret = set_byte(sealed_secret, 40, get_byte(sealed_secret, 40) # 1)"
        " WHERE tenant_id = $1",
        tenant.id,
    )
    job = tenant.owner.post("/v1/core/data-keys/rotate").json()["job_id"]
    result = eventually(lambda: is_done(tenant, job))["result"]
    assert (result["unreadable"], result["retired"]) == (1, 0)
    assert [each["fields"] for each in keys_of(tenant)] == [result["resealed"], 1]


def test_only_administrators_who_are_fresh_change_keys(tenant: Tenant, clock: ShiftedClock) -> None:
    """B-51, T25: customers see no keys; an API key and a stale session change none."""
    ada = tenant.sign_up()
    assert ada.get("/v1/core/data-keys").status_code == 403
    assert ada.post("/v1/core/data-keys/rotate").status_code == 403
    made = tenant.owner.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:data_keys:write"]})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    assert code_of(tenant.owner.post("/v1/core/data-keys/rotate", headers=key)) == "core.step_up_required"


def test_a_tenant_changes_its_own_key(tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock) -> None:
    """B-51: keys of others are neither seen nor changed; two changes at once leave one current key."""
    for each in (tenant, other_tenant):
        add_app(each.sign_up(), clock)

    def theirs() -> list[tuple[object, ...]]:
        # Not how many fields they have sealed: what the worker does for new accounts may add some at any time.
        return [(each["id"], each["replaced_at"], each["retired_at"]) for each in keys_of(other_tenant)]

    before = theirs()
    with ThreadPoolExecutor(2) as two:
        got = list(two.map(lambda _: tenant.owner.post("/v1/core/data-keys/rotate").status_code, range(2)))
    assert sorted(got) in ([202, 202], [202, 409])
    assert len([each for each in keys_of(tenant) if each["replaced_at"] is None]) == 1
    assert theirs() == before
