"""Privacy: consents, exports that are complete and only the subject's, erasures that hold even after a restore."""

import asyncio
import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jwt

from fourfold.core.privacy.replay import Replayed, replay_ledger
from fourfold.ground.ids import new_id
from fourfold.ground.service import collections_of
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.clocks import StoppableClock
from tests.builders.commerce import a_paid_order, a_product, made
from tests.conftest import PASSWORD, Caller, Tenant
from tests.core.files.test_files import files_below

EXPORTS = "/v1/core/me/exports"
ERASURE = "/v1/core/me/erasure"
CONSENTS = "/v1/core/me/consents"

OWNED = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind IN ('r', 'p') ORDER BY 1
"""
COLUMNS = """
SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns c
WHERE table_schema IN ('core', 'commerce', 'business', 'ground') AND EXISTS (
  SELECT FROM information_schema.columns t WHERE t.table_schema = c.table_schema AND t.table_name = c.table_name
  AND t.column_name = 'tenant_id')
"""
LOOKS_PERSONAL = re.compile(r"(^|_)(email|phone|address|recipient|user_agent|ip)(_|$)")
# Companies' own, digests that find nobody by themselves, and settings.
NOT_PERSONAL = {
    "commerce.shop.address", "commerce.vendor.address", "commerce.vendor.email", "core.sign_in_trial.address_key",
}  # fmt: skip


def done(caller: Caller, eventually: Callable[..., Any], path: str) -> dict[str, Any]:
    """A request, once it is done."""
    found: dict[str, Any] = eventually(
        lambda: next((x for x in [caller.get(path).json()] if x["status"] != "queued"), None)
    )
    assert found["status"] == "done", found
    return found


def exported(caller: Caller, eventually: Callable[..., Any]) -> tuple[dict[str, Any], list[str]]:
    """What the caller's export holds: the data, and the names of the files."""
    started = caller.post(EXPORTS)
    assert started.status_code == 202, started.text
    path = f"{EXPORTS}/{started.json()['id']}"
    done(caller, eventually, path)
    answer = caller.get(f"{path}/content")
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return json.loads(archive.read("data.json")), archive.namelist()


def certificate_of(tenant: Tenant, account_id: str, eventually: Callable[..., Any]) -> dict[str, Any]:
    """The certificate, as an administrator gets it."""
    path = f"/v1/core/accounts/{account_id}/erasure"
    found: dict[str, Any] = eventually(
        lambda: next((x for x in [tenant.owner.post(path).json()] if x["status"] == "done"), None)
    )
    return found


def content_of(path: Path) -> bytes:
    """What is in a file; nothing, if it is removed just now."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def rows_with(tenant: Tenant, text: str, admin_sql: Callable[..., Any]) -> dict[str, int]:
    """In how many rows of each table a text stands."""
    found = {}
    for name in (row["name"] for row in admin_sql(OWNED)):
        count = f"SELECT count(*) AS n FROM {name} t WHERE tenant_id = $1 AND position($2 IN to_jsonb(t)::text) > 0"
        found[name] = admin_sql(count, tenant.id, text)[0]["n"]
    return {name: count for name, count in found.items() if count}


def a_delivered_order(tenant: Tenant, buyer: Caller, admin_sql: Callable[..., Any]) -> dict[str, Any]:
    """An order that has arrived."""
    order = a_paid_order(buyer, (a_product(tenant.owner)["variants"][0]["id"], 1))
    admin_sql("UPDATE commerce.customer_order SET status = 'delivered' WHERE id = $1", order["id"])
    return order


def test_consents_are_added_to(tenant: Tenant) -> None:
    """B-52: what was said last holds for each purpose; all of it stays, and nobody else sees it."""
    buyer = tenant.sign_up()
    for version, given in (("1", True), ("2", True), ("2", False)):
        made(buyer.post(CONSENTS, json={"purpose": "newsletter", "version": version, "given": given}))
    made(buyer.post(CONSENTS, json={"purpose": "statistics", "version": "1", "given": True}))
    now = {each["purpose"]: (each["version"], each["given"]) for each in buyer.get(CONSENTS).json()["items"]}
    assert now == {"newsletter": ("2", False), "statistics": ("1", True)}
    history = buyer.get(f"{CONSENTS}/history", params={"limit": 3}).json()
    rest = buyer.get(f"{CONSENTS}/history", params={"limit": 3, "cursor": history["next"]}).json()
    assert [each["purpose"] for each in history["items"] + rest["items"]] == ["statistics", *["newsletter"] * 3]
    assert tenant.owner.get(CONSENTS).json()["items"] == []
    for body in ({"purpose": "A b", "version": "1", "given": True}, {"purpose": "x", "given": True}, {}):
        assert buyer.post(CONSENTS, json=body).status_code == 422
    assert buyer.post(CONSENTS, json={"purpose": "x", "version": "v" * 101, "given": True}).status_code == 422
    assert buyer.post(CONSENTS, json={"purpose": "x", "version": "1", "given": "perhaps"}).status_code == 422


def test_an_export_is_complete_and_only_the_subjects(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """T67: account, sessions, orders, carts, consents, files; nothing of another customer, no secret."""
    ada, bob = tenant.sign_up(email=f"ada@{tenant.slug}.test"), tenant.sign_up(email=f"bob@{tenant.slug}.test")
    for buyer in (ada, bob):
        a_delivered_order(tenant, buyer, admin_sql)
        made(buyer.post(CONSENTS, json={"purpose": "newsletter", "version": "1", "given": True}))
        file = buyer.post("/v1/core/files", files={"file": ("note.txt", f"note of {buyer.email}", "text/plain")})
        assert file.status_code == 201, file.text
    found, names = exported(ada, eventually)
    data, text = found["data"], json.dumps(found)
    assert data["core.account"]["email"] == ada.email
    assert len(data["core.access"]["session"]) == 1
    assert [each["email"] for each in data["commerce.orders"]] == [ada.email]
    assert data["commerce.orders"][0]["papers"] is None or data["commerce.orders"][0]["papers"]
    assert [each["purpose"] for each in data["core.consents"]] == ["newsletter"]
    assert [name for name in names if name.endswith("note.txt")] == ["files/core.files/1-note.txt"]
    assert bob.email not in text
    assert bob.account_id not in text
    assert "argon2" not in text
    assert "token_hash" not in text


def test_exports_are_their_callers_own(tenant: Tenant, other_tenant: Tenant) -> None:
    """T67: neither a colleague nor another tenant gets at somebody's export; unknown is the same."""
    export = tenant.sign_up().post(EXPORTS).json()["id"]
    for caller in (tenant.owner, tenant.sign_up(), other_tenant.owner):
        for path in (f"{EXPORTS}/{export}", f"{EXPORTS}/{new_id()}", f"{EXPORTS}/{export}/content"):
            answer = caller.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "core.no_such_request")


def test_an_erased_person_is_nowhere(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """T67: no row mentions the address or the name, files are gone, others stay; the certificate says what was done."""
    ada, bob = tenant.sign_up(email=f"ada.lovelace@{tenant.slug}.test"), tenant.sign_up()
    order = a_delivered_order(tenant, ada, admin_sql)
    file = ada.post("/v1/core/files", files={"file": ("ada.txt", b"mine", "text/plain")}).json()
    exported(ada, eventually)
    assert rows_with(tenant, ada.email, admin_sql).keys() >= {"core.account", "commerce.customer_order"}
    wrong = ada.post(ERASURE, json={"password": "not it"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "core.wrong_password")
    assert ada.post(ERASURE, json={"password": PASSWORD}).status_code == 202
    assert ada.get("/v1/core/me").status_code == 401
    found = certificate_of(tenant, ada.account_id, eventually)
    parts = {each["name"]: each for each in found["certificate"]["parts"]}
    assert parts["commerce.orders"]["rows"] == 1
    assert "tax law" in parts["commerce.orders"]["kept"]
    assert parts["core.account"]["rows"] == 1
    keys = jwt.PyJWKSet.from_dict(tenant.running.client.get("/.well-known/jwks.json").json())
    kid = jwt.get_unverified_header(found["certificate_jwt"])["kid"]
    assert jwt.decode(found["certificate_jwt"], keys[kid].key, ["EdDSA"]) == found["certificate"]
    # Invoices are kept as they were issued.
    eventually(lambda: set(rows_with(tenant, ada.email, admin_sql)) <= {"commerce.paper"})
    stored = tenant.running.settings.home / "files" / tenant.id
    eventually(lambda: not [each for each in files_below(stored) if content_of(each) == b"mine"])
    assert tenant.owner.get(f"/v1/core/files/{file['id']}").status_code == 404
    shown = tenant.owner.get(f"/v1/commerce/orders/{order['id']}").json()
    assert shown["total"] == order["total"] if "total" in order else shown["totals"] == order["totals"]
    assert ada.email not in json.dumps(shown)
    assert bob.get("/v1/core/me").status_code == 200
    again = tenant.visitor.post("/v1/core/tokens", json={"email": ada.email, "password": PASSWORD})
    assert again.status_code == 401
    chain = eventually(lambda: next((x for x in [tenant.owner.get("/v1/business/audit/verify").json()] if x), None))
    assert chain.get("ok", chain.get("valid", True)) in {True, "ok"}


def test_a_restore_does_not_bring_people_back(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """T67: rows of yesterday's backup are erased again from the ledger, which lies outside of the database."""
    ada = tenant.sign_up(email=f"ada@{tenant.slug}.test")
    admin_sql("CREATE TABLE IF NOT EXISTS public.backup AS SELECT * FROM core.account WHERE false")
    admin_sql("INSERT INTO public.backup SELECT * FROM core.account WHERE id = $1", ada.account_id)
    assert ada.post(ERASURE, json={"password": PASSWORD}).status_code == 202
    certificate_of(tenant, ada.account_id, eventually)
    admin_sql(
        "UPDATE core.account a SET (email, name, password_hash, status) = (b.email, b.name, b.password_hash, b.status)"
        " FROM public.backup b WHERE a.id = b.id"
    )
    admin_sql("DELETE FROM core.personal_request WHERE account_id = $1", ada.account_id)
    admin_sql("DROP TABLE public.backup")
    assert tenant.visitor.post("/v1/core/tokens", json={"email": ada.email, "password": PASSWORD}).status_code == 200
    assert asyncio.run(_replay(tenant)).accounts >= 1
    assert tenant.visitor.post("/v1/core/tokens", json={"email": ada.email, "password": PASSWORD}).status_code == 401
    assert "core.account" not in rows_with(tenant, ada.email, admin_sql)
    assert asyncio.run(_replay(tenant)).accounts == 0


async def _replay(tenant: Tenant) -> Replayed:
    house = await open_house(tenant.running.settings, ALL)
    try:
        return await replay_ledger(house)
    finally:
        await house.close()


def test_who_cannot_be_erased_yet(
    tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """B-52: the last owner stays, orders on their way come first, and only administrators erase others."""
    last = tenant.owner.post(ERASURE, json={"password": PASSWORD})
    assert (last.status_code, last.json()["code"]) == (409, "core.last_owner")
    buyer = tenant.sign_up()
    order = a_paid_order(buyer, (a_product(tenant.owner)["variants"][0]["id"], 1))
    status = "SELECT status FROM commerce.customer_order WHERE id = $1"
    eventually(lambda: admin_sql(status, order["id"])[0]["status"] == "processing")
    waits = buyer.post(ERASURE, json={"password": PASSWORD})
    assert (waits.status_code, waits.json()["code"]) == (409, "core.erasure_must_wait")
    path = f"/v1/core/accounts/{buyer.account_id}/erasure"
    assert tenant.sign_up().post(path).status_code == 403
    foreign, unknown = other_tenant.owner.post(path), other_tenant.owner.post(f"/v1/core/accounts/{new_id()}/erasure")
    assert foreign.status_code == unknown.status_code == 404
    assert tenant.sign_up("admin").post(f"/v1/core/accounts/{tenant.owner.account_id}/erasure").status_code == 403
    assert buyer.post(ERASURE, json={"password": "x" * 1001}).status_code == 422


def test_an_unproven_address_opens_nobody_elses_orders(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """T67: who registers under somebody's address, but has not proven it, gets none of what was bought under it."""
    variant = a_product(tenant.owner)["variants"][0]["id"]
    guest = f"guest@{tenant.slug}.test"
    a_paid_order(tenant.visitor, (variant, 1), email=guest)
    thief = tenant.sign_up(email=guest)
    admin_sql("UPDATE core.account SET email_verified_at = NULL WHERE id = $1", thief.account_id)
    found, _ = exported(thief, eventually)
    assert found["data"]["commerce.orders"] == []
    assert found["data"]["core.messages"]["mails"] == []
    admin_sql("UPDATE core.account SET email_verified_at = now() WHERE id = $1", thief.account_id)
    found, _ = exported(thief, eventually)
    assert len(found["data"]["commerce.orders"]) == 1


def test_the_data_map_knows_every_personal_column(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """B-52: the map comes from the declarations; a new column that looks personal fails here until it is declared."""
    items = tenant.owner.get("/v1/core/privacy/data-map").json()["items"]
    assert {"core.account", "core.access", "commerce.orders"} <= {each["name"] for each in items}
    fields = {field for each in items for field in each["fields"]}
    documents = {each.name for each in collections_of(ALL)}
    told = {field for field in fields if field.rpartition(".")[0] not in documents}
    columns = {row["name"] for row in admin_sql(COLUMNS)}
    assert told - columns == set()
    looking = {name for name in columns if LOOKS_PERSONAL.search(name.rpartition(".")[2])}
    assert looking - told - NOT_PERSONAL == set()
    assert tenant.sign_up().get("/v1/core/privacy/data-map").status_code == 403


def test_guesses_at_an_erasure_lock_out(tenant: Tenant, clock: StoppableClock) -> None:
    """T21, T67: wrong passwords count, and then the right one is not taken either."""
    ada = tenant.sign_up()
    clock.stop()
    answers = [ada.post(ERASURE, json={"password": f"wrong {number}"}).status_code for number in range(5)]
    assert answers == [403] * 5
    locked = ada.post(ERASURE, json={"password": PASSWORD})
    assert (locked.status_code, locked.json()["code"]) == (429, "core.locked_out")
