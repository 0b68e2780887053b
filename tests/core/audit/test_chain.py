"""The chain: every tampering is found and named, and nothing is lost or doubled however many write and seal at once."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from fourfold.core.audit.jobs import ForgetPerson, forget_person
from fourfold.core.audit.seal import seal_waiting
from fourfold.core.audit.verify import verify_log
from fourfold.core.signing.ring import KeyRing
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, begin, look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Running, Tenant, database_url
from tests.serve.workshop import Workshop, open_workshop
from tests.serve.workshop import eventually as until

AUDIT = "/v1/business/audit"
Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]


def write(tenant: Tenant, count: int = 8) -> None:
    """So many changes."""
    for _ in range(count):
        body = {"name": "Things", "slug": f"things-{new_id().hex}"}
        assert tenant.owner.post("/v1/commerce/categories", json=body).status_code == 201


def verdict(tenant: Tenant) -> dict[str, Any]:
    """What the verifier says."""
    answer = tenant.owner.get(f"{AUDIT}/verify")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sealed(tenant: Tenant, eventually: Eventually, count: int = 8) -> dict[str, Any]:
    """The verdict once everything has its place."""
    write(tenant, count)

    def whole() -> dict[str, Any] | None:
        found = verdict(tenant)
        return found if found["sealed"] == found["entries"] else None

    return dict(eventually(whole))


def bad(tenant: Tenant) -> tuple[int | None, str | None]:
    """The first flaw."""
    found = verdict(tenant)
    assert found["ok"] is (found["reason"] is None)
    return found["first_bad_seq"], found["reason"]


def test_everything_gets_its_place(tenant: Tenant, eventually: Eventually) -> None:
    """P-18: within a second or so each entry is a link of the chain, and the chain holds."""
    found = sealed(tenant, eventually)
    assert (found["ok"], found["first_bad_seq"], found["reason"]) == (True, None, None)
    assert found["sealed"] >= 8
    seqs = [each["seq"] for each in tenant.owner.get(AUDIT, params={"limit": 100}).json()["items"]]
    assert sorted(seqs) == list(range(1, found["sealed"] + 1))


ENTRY = "tenant_id = $1 AND id = (SELECT entry_id FROM core.audit_seal WHERE tenant_id = $1 AND seq = 5)"
DIGEST = f"""
WITH new AS (UPDATE core.audit_entry SET body = replace(body, 'done', 'none') WHERE {ENTRY} RETURNING body)
UPDATE core.audit_seal SET hash = sha256(prev || convert_to(new.body, 'UTF8')) FROM new
WHERE tenant_id = $1 AND seq = 5"""
TAMPERINGS = {
    "the words": (f"UPDATE core.audit_entry SET body = replace(body, 'done', 'none') WHERE {ENTRY}", 5, "changed"),
    "a column": (f"UPDATE core.audit_entry SET target = 'cart:x' WHERE {ENTRY}", 5, "changed"),
    "who it was": (f"UPDATE core.audit_entry SET actor = gen_random_uuid() WHERE {ENTRY}", 5, "changed"),
    "the time": (f"UPDATE core.audit_entry SET at = at - interval '1 day' WHERE {ENTRY}", 5, "changed"),
    "the address": (f"UPDATE core.audit_entry SET address = '10.1.2.3' WHERE {ENTRY}", 5, "changed"),
    "the MAC": (f"UPDATE core.audit_entry SET mac = sha256('x') WHERE {ENTRY}", 5, "forged"),
    "an entry is gone": (f"DELETE FROM core.audit_entry WHERE {ENTRY}", 5, "removed"),
    "a link is gone": ("DELETE FROM core.audit_seal WHERE tenant_id = $1 AND seq = 5", 5, "removed"),
    "the first link is gone": ("DELETE FROM core.audit_seal WHERE tenant_id = $1 AND seq = 1", 1, "removed"),
    "a digest": ("UPDATE core.audit_seal SET hash = sha256('x') WHERE tenant_id = $1 AND seq = 5", 5, "changed"),
    "the order": ("UPDATE core.audit_seal SET prev = sha256('x') WHERE tenant_id = $1 AND seq = 5", 5, "changed"),
    "words with a digest of their own": (DIGEST, 5, "forged"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_changed_row_is_named(tenant: Tenant, eventually: Eventually, admin_sql: Sql, what: str) -> None:
    """P-18, T65: whatever the database's superuser changes in a row, the verifier names the link."""
    sealed(tenant, eventually)
    statement, seq, reason = TAMPERINGS[what]
    admin_sql(statement, tenant.id)
    assert bad(tenant) == (seq, reason)


def test_an_entry_that_was_put_in_is_named(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """P-18, T65: an entry that somebody has written into the table by hand is forged, sealed or not."""
    count = sealed(tenant, eventually)["sealed"]
    admin_sql(
        "INSERT INTO core.audit_entry SELECT tenant_id, gen_random_uuid(), at, actor, action, target, body, mac,"
        f" address, salt FROM core.audit_entry WHERE {ENTRY}",
        tenant.id,
    )
    assert bad(tenant) == (count + 1, "changed")


def test_an_entry_that_waits_for_nothing_is_named(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """P-18: the last links are cut off, their entries left: they have no place, and wait for none."""
    count = sealed(tenant, eventually)["sealed"]
    admin_sql("DELETE FROM core.audit_seal WHERE tenant_id = $1 AND seq = $2", tenant.id, count)
    assert bad(tenant) == (count, "unsealed")


def cut(tenant: Tenant, admin_sql: Sql, seq: int) -> None:
    """Removes the tail from a number on, entries and all."""
    admin_sql(
        "WITH gone AS (DELETE FROM core.audit_seal WHERE tenant_id = $1 AND seq >= $2 RETURNING entry_id)"
        " DELETE FROM core.audit_entry WHERE tenant_id = $1 AND id IN (SELECT entry_id FROM gone)",
        tenant.id, seq,
    )  # fmt: skip


def test_a_cut_off_tail_does_not_fit_the_anchor(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """P-18, T65: without its last links the chain is whole, but shorter than what was anchored outside."""
    sealed(tenant, eventually)
    anchor = tenant.owner.post(f"{AUDIT}/anchors")
    assert anchor.status_code == 201, anchor.text
    sealed(tenant, eventually, 2)
    # The worker anchors each hour too, and when a test has moved the clock by one.
    assert verdict(tenant)["anchors_checked"] >= 1
    assert verdict(tenant)["ok"]
    cut(tenant, admin_sql, anchor.json()["seq"] - 1)
    assert bad(tenant) == (anchor.json()["seq"] - 1, "anchor_mismatch")


def test_a_chain_that_was_written_anew_does_not_fit_the_anchor(
    tenant: Tenant, eventually: Eventually, admin_sql: Sql
) -> None:
    """P-18, T65: after a cut the chain grows beyond the anchor again, and the anchored digest differs."""
    sealed(tenant, eventually)
    seq = tenant.owner.post(f"{AUDIT}/anchors").json()["seq"]
    sealed(tenant, eventually, 1)
    last = verdict(tenant)["sealed"]
    cut(tenant, admin_sql, seq - 2)
    write(tenant, last - seq + 6)
    eventually(lambda: verdict(tenant)["sealed"] >= seq)
    assert bad(tenant) == (seq, "anchor_mismatch")


def test_a_changed_anchor_is_named(tenant: Tenant, running: Running, eventually: Eventually) -> None:
    """P-18: anchors are signed; one that was changed in the storage is found."""
    sealed(tenant, eventually)
    anchor = tenant.owner.post(f"{AUDIT}/anchors").json()
    path = running.settings.home / "files" / tenant.id / "audit" / "anchors" / f"{anchor['seq']:015d}.json"
    path.write_text(json.dumps({**anchor, "hash": "00" * 32}))
    assert bad(tenant) == (anchor["seq"], "anchor_forged")
    path.write_text("not JSON")
    assert bad(tenant) == (anchor["seq"], "anchor_forged")


CHANGES = [
    "UPDATE core.audit_entry SET body = body",
    "UPDATE core.audit_entry SET action = 'x'",
    "DELETE FROM core.audit_entry",
    "TRUNCATE core.audit_entry",
    "UPDATE core.audit_seal SET hash = hash",
    "DELETE FROM core.audit_seal",
    "TRUNCATE core.audit_seal",
    "ALTER TABLE core.audit_entry DISABLE ROW LEVEL SECURITY",
    "DROP TABLE core.audit_entry",
]
FOR_THE_WORKER = ["UPDATE core.audit_entry SET address = NULL", "DELETE FROM core.audit_waiting"]


@pytest.mark.parametrize("role", ["fourfold_app", "fourfold_worker"])
async def test_the_database_refuses_to_change_an_entry(tenant: Tenant, role: str) -> None:
    """P-18, T65: neither the application nor the worker can change or remove an entry or a link."""
    connection = await asyncpg.connect(database_url(tenant.running.database, role))
    refused = [*CHANGES, *(FOR_THE_WORKER if role == "fourfold_app" else [])]
    if role == "fourfold_app":
        refused.append("INSERT INTO core.audit_seal SELECT * FROM core.audit_seal")
    try:
        for statement in refused:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"BEGIN; SET LOCAL fourfold.tenant = '{tenant.id}'; {statement}")
            await connection.execute("ROLLBACK")
    finally:
        await connection.close()


@pytest.fixture
async def workers(running: Running) -> AsyncIterator[list[House]]:
    """Houses of three more workers."""
    houses = [await open_house(running.settings, ALL, as_worker=True) for _ in range(3)]
    yield houses
    for house in houses:
        await house.close()


async def test_sixteen_write_while_four_seal(tenant: Tenant, workers: list[House]) -> None:
    """P-18, P-29: 16 concurrent writers and several sealers leave one chain with each entry once."""
    stop = asyncio.Event()

    async def keep_sealing(house: House) -> None:
        while not stop.is_set():
            await seal_waiting(house)
            await asyncio.sleep(0)

    sealing = [asyncio.create_task(keep_sealing(house)) for house in workers]
    before = await asyncio.to_thread(verdict, tenant)

    def post(_number: int) -> int:
        with httpx.Client(base_url=tenant.running.url, timeout=60) as client:
            bodies = [{"name": "Things", "slug": f"things-{new_id().hex}"} for _ in range(8)]
            answers = [
                client.post("/v1/commerce/categories", json=body, headers=tenant.owner.headers) for body in bodies
            ]
        return sum(each.status_code == 201 for each in answers)

    with ThreadPoolExecutor(16) as pool:
        made = await asyncio.get_running_loop().run_in_executor(None, lambda: sum(pool.map(post, range(16))))
    assert made == 128
    stop.set()
    await asyncio.gather(*sealing)
    await seal_waiting(workers[0])

    async def whole() -> dict[str, Any] | None:
        found = await asyncio.to_thread(verdict, tenant)
        return found if found["sealed"] == found["entries"] else None

    found = await until(whole)
    assert found is not None
    assert (found["ok"], found["entries"] - before["entries"]) == (True, 128)


async def test_who_commits_late_is_sealed_late(tenant: Tenant, workers: list[House]) -> None:
    """P-18: an entry of an older id whose transaction commits after newer ones were sealed gets the next place."""
    house, who = workers[0], Who.system(UUID(tenant.id), tenant.slug)
    async with begin(house, who) as late:
        late.note("tests.late", "thing:late")
        await late.flush()
        async with begin(house, who) as early:
            early.note("tests.early", "thing:early")
        while await seal_waiting(house):
            pass
    while await seal_waiting(house):
        pass
    places = await until(lambda: _places(house, who))
    assert places["tests.late"] > places["tests.early"]
    assert (await asyncio.to_thread(verdict, tenant))["ok"]


async def _places(house: House, who: Who) -> dict[str, int]:
    async with look(house, who) as view:
        rows = await view.db.fetch(
            "SELECT e.action, s.seq FROM core.audit_entry e JOIN core.audit_seal s ON s.entry_id = e.id"
            " WHERE e.action IN ('tests.late', 'tests.early')"
        )
    return {row["action"]: row["seq"] for row in rows} if len(rows) == 2 else {}


def test_an_address_is_forgotten_and_the_chain_holds(
    tenant: Tenant, forget: Callable[[Tenant, str], None], eventually: Eventually, admin_sql: Sql
) -> None:
    """P-18, T68: from where a person acted is erased for good, while what they did stays provable."""
    member = tenant.sign_up()
    assert member.post("/v1/commerce/carts").status_code == 201
    sealed(tenant, eventually)
    wanted = {"actor": member.account_id}
    assert {each["address"] for each in tenant.owner.get(AUDIT, params=wanted).json()["items"]} == {"127.0.0.1"}
    forget(tenant, member.account_id)
    eventually(lambda: {each["address"] for each in tenant.owner.get(AUDIT, params=wanted).json()["items"]} == {None})
    kept = admin_sql("SELECT address, salt FROM core.audit_entry WHERE actor = $1", UUID(member.account_id))
    assert {(row["address"], row["salt"]) for row in kept} == {(None, None)}
    assert verdict(tenant)["ok"]
    assert tenant.owner.get(AUDIT, params={"action": "core.audit.forgotten"}).json()["items"]


@pytest.fixture
def forget(running: Running) -> Callable[[Tenant, str], None]:
    """Has the worker forget a person."""

    async def enqueue(tenant: Tenant, account_id: str) -> None:
        house = await open_house(running.settings, ALL)
        async with begin(house, Who.system(UUID(tenant.id), tenant.slug)) as work:
            work.later(forget_person, ForgetPerson(account_id=UUID(account_id)))
        await house.close()

    return lambda tenant, account_id: asyncio.run(enqueue(tenant, account_id))


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    """A database of the test's own, whose workers may be killed."""
    async with open_workshop(tmp_path) as place:
        yield place


@pytest.mark.parametrize("manner", ["before seal", "after seal"])
async def test_a_killed_sealer_doubles_nothing(workshop: Workshop, manner: str) -> None:
    """P-18: a worker that is killed while it seals leaves every entry to the next one, which seals each once."""
    for number in range(5):
        async with begin(workshop.house, workshop.who) as work:
            work.note("tests.noted", f"thing:{number}")
    process = await workshop.launch(manner)
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL
    sealed_now = 0
    # PostgreSQL may take a moment to see that the worker is dead, and holds its locks until then.
    async with asyncio.timeout(60):
        while not sealed_now:
            sealed_now = await seal_waiting(workshop.house)
            await asyncio.sleep(0.05)
    assert (sealed_now, await seal_waiting(workshop.house)) == (5, 0)
    found = await verify_log(Desk(workshop.house, workshop.who))
    assert (found.ok, found.entries, found.sealed) == (True, 5, 5)


async def test_the_log_outlives_a_change_of_the_secret(tenant: Tenant, eventually: Eventually) -> None:
    """P-18: with the old secret named, entries and anchors of before are still ours; without, they are forged."""
    sealed(tenant, eventually)
    assert tenant.owner.post(f"{AUDIT}/anchors").status_code == 201
    settings = tenant.running.settings
    changed = settings.model_copy(update={"secret": SecretStr("x" * 40), "secret_previous": settings.secret})
    forgetful = changed.model_copy(update={"secret_previous": None})
    kept, lost = await open_house(changed, ALL), await open_house(forgetful, ALL)
    who = Who(UUID(tenant.id), tenant.slug)
    try:
        async with begin(kept, Who.system(who.tenant_id)) as work:
            work.note("tests.rotated", "tenant:x")
        found = await verify_log(Desk(kept, who))
        assert (found.ok, found.anchors_checked >= 1) == (True, True)
        assert (await verify_log(Desk(lost, who))).reason == "forged"
        assert await KeyRing(kept).signer() is not None
    finally:
        await kept.close()
        await lost.close()
