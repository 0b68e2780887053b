"""Exports: everything that a tenant has, nobody else's, and no secrets; its sums fit what is in it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from fourfold.core.departures.rules import HARMLESS, LEFT_OUT, leaves, secret_looking
from fourfold.ground.ids import new_id
from fourfold.social.service import social
from tests.builders.everything import one_of_everything
from tests.builders.operators import an_operator
from tests.conftest import Caller, Running, Tenant

EXPORTS = "/v1/core/tenant-exports"

COLUMNS = """
SELECT n.nspname || '.' || c.relname AS name, a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS kind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND EXISTS (
  SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped)
"""


def exported(owner: Caller, eventually: Callable[..., Any]) -> tuple[dict[str, Any], zipfile.ZipFile]:
    """A finished export and its file."""
    started = owner.post(EXPORTS)
    assert started.status_code == 202, started.text
    path = f"{EXPORTS}/{started.json()['id']}"
    done = eventually(lambda: next((x for x in [owner.get(path).json()] if x["status"] != "queued"), None))
    assert done["status"] == "done"
    answer = owner.get(f"{path}/content")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == done["sha256"]
    assert (len(answer.content), answer.headers["content-type"]) == (done["size"], "application/zip")
    return done, zipfile.ZipFile(io.BytesIO(answer.content))


def test_an_export_holds_everything_of_ours_and_nothing_of_theirs(
    tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., Any]
) -> None:
    """B-03, T68: rows of each table, files, and a manifest whose sums fit; no id of another tenant, no secret."""
    one_of_everything(tenant)
    theirs = one_of_everything(other_tenant)
    done, archive = exported(tenant.owner, eventually)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["tenant"]["slug"] == tenant.slug
    told = {each["path"]: each for each in [*manifest["tables"], *manifest["files"]] if each["path"]}
    assert sorted(told) == sorted(name for name in archive.namelist() if name != "manifest.json")
    for path, each in told.items():
        assert hashlib.sha256(archive.read(path)).hexdigest() == each["sha256"]
    rows = {each["name"]: each["rows"] for each in manifest["tables"]}
    for name in ("core.account", "commerce.product", "commerce.customer_order", "commerce.product_image"):
        count = admin_sql(f"SELECT count(*) AS n FROM {name} WHERE tenant_id = $1", tenant.id)[0]["n"]
        assert rows[name] == count > 0
    assert manifest["files"]
    everything = b"".join(archive.read(name) for name in told if name.startswith("tables/"))
    assert other_tenant.id.encode() not in everything
    assert not [each for each in theirs.values() if len(each) == 36 and each.encode() in everything]
    assert b"$argon2" not in everything
    assert done["tables"] == len([each for each in manifest["tables"] if each["path"]])


def test_documents_leave_and_go_with_their_tenant(
    running: Running,
    tenant: Tenant,
    other_tenant: Tenant,
    eventually: Callable[..., Any],
    documents_of: Callable[..., Any],
) -> None:
    """B-03, T68: documents are in the export, and none is left after the deletion; another tenant's stay."""
    operator = an_operator(running)
    for owner in (tenant.owner, other_tenant.owner):
        for text in ("One", "Two"):
            assert owner.post("/v1/social/posts", json={"text": text}).status_code == 201
    posts = next(each for each in social.collections if each.name == "social.posts")
    _, archive = exported(tenant.owner, eventually)
    lines = [json.loads(line) for line in archive.read("documents/social.posts.jsonl").splitlines()]
    assert [line["text"] for line in lines] == ["One", "Two"]
    assert [line["_id"] for line in lines] == [str(each["_id"]) for each in documents_of(tenant, posts)]
    [told] = [each for each in json.loads(archive.read("manifest.json"))["tables"] if each["name"] == "social.posts"]
    assert told["rows"] == 2
    path = f"/v1/core/operator/tenants/{tenant.id}/deletion"
    assert operator.post(path, json={"grace_days": 0}).status_code == 202
    done = eventually(lambda: next((x for x in [operator.get(path).json()] if x["done_at"]), None), 60)
    assert done["receipt"]["tables"]["documents:social.posts"] == 2
    assert documents_of(tenant, posts) == []
    assert len(documents_of(other_tenant, posts)) == 2


def test_only_owners_export(tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """B-03: an administrator does not take everything along; another tenant's export is as good as none."""
    assert tenant.sign_up("admin").post(EXPORTS).status_code == 403
    done, _ = exported(tenant.owner, eventually)
    for export in (done["id"], str(new_id())):
        for path in (f"{EXPORTS}/{export}", f"{EXPORTS}/{export}/content"):
            answer = other_tenant.owner.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "core.no_such_export")
    assert [each["id"] for each in tenant.owner.get(EXPORTS).json()["items"]] == [done["id"]]


def test_an_export_that_is_not_done_has_no_file(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """B-03: 409 until it is made."""
    export = new_id()
    admin_sql("INSERT INTO core.tenant_export (tenant_id, id, created_at) VALUES ($1, $2, now())", tenant.id, export)
    answer = tenant.owner.get(f"{EXPORTS}/{export}/content")
    assert (answer.status_code, answer.json()["code"]) == (409, "core.export_not_done")


@pytest.mark.parametrize("name", ["password_hash", "token", "sealed_private", "totp_secret", "recovery_hash", "proof"])
def test_a_new_column_named_like_a_secret_stays_behind(name: str) -> None:
    """B-03: whoever adds such a column need not think of exports."""
    assert not leaves("core.anything", name, "text")
    assert not leaves("core.anything", "plain", "bytea")
    assert leaves("core.anything", "plain", "text")


def test_what_sounds_like_a_secret_is_left_out_of_the_real_tables(
    tenant: Tenant, admin_sql: Callable[..., Any]
) -> None:
    """B-03: of the tables as they are, no column that the door's own words for secrets fit is exported."""
    columns = [(row["name"], row["column"], row["kind"]) for row in admin_sql(COLUMNS)]
    assert tenant.id
    left = set(secret_looking(columns))
    assert {"core.account.password_hash", "core.session.token_hash", "core.api_key.key_hash"} <= left
    assert {f"{table}.{column}" for table, column, _ in columns if table in LEFT_OUT} <= left
    words = ("password", "secret", "token", "sealed", "private", "otp", "recovery_code")
    leaving = {f"{table}.{column}" for table, column, kind in columns if leaves(table, column, kind)} - HARMLESS
    assert [name for name in leaving if any(word in name.rpartition(".")[2] for word in words)] == []
