"""Who may import what, what is no import, and what stays out of sight."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.builders.commerce import made
from tests.builders.imports import IMPORTS, ended, exported, imported, send
from tests.commerce.formats.written_files import csv_text, simple_row
from tests.conftest import Tenant

_TEXT = csv_text([simple_row("lamp")])


def test_only_sellers_import(tenant: Tenant) -> None:
    """C-10: nobody without an account, and no customer."""
    assert send(tenant.visitor, _TEXT).status_code == 401
    assert send(tenant.sign_up(), _TEXT).status_code == 403
    assert tenant.sign_up().get(IMPORTS).status_code == 403
    assert tenant.visitor.get("/v1/commerce/exports/products").status_code == 401


def test_another_tenants_import_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-10: its id answers as one that never was."""
    found = imported(tenant.owner, _TEXT)
    for path in (f"{IMPORTS}/{found['id']}", found["errors_url"]):
        foreign = other_tenant.owner.get(path)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "commerce.no_such_import")
    assert made(other_tenant.owner.get(IMPORTS), 200)["items"] == []
    assert exported(other_tenant.owner).count("\n") == 1


def test_a_vendor_sees_its_own(tenant: Tenant) -> None:
    """C-10: imports, errors and exports of a vendor are its own; administrators see all."""
    one, two = tenant.sign_up("vendor"), tenant.sign_up("vendor")
    mine = imported(one, _TEXT)
    theirs = imported(two, csv_text([simple_row("vase")]))
    assert [each["id"] for each in made(one.get(IMPORTS), 200)["items"]] == [mine["id"]]
    for path in (f"{IMPORTS}/{theirs['id']}", theirs["errors_url"]):
        assert one.get(path).status_code == 404
    assert len(made(tenant.owner.get(IMPORTS), 200)["items"]) == 2
    assert ("lamp" in exported(one), "vase" in exported(one)) == (True, False)
    assert "lamp" in exported(tenant.owner)
    assert "lamp" not in exported(tenant.owner, vendor_id=theirs["vendor_id"])
    assert one.get("/v1/commerce/exports/products", params={"vendor_id": theirs["vendor_id"]}).status_code == 404


def test_administrators_choose_the_vendor(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-10: an administrator imports for any vendor of the tenant, and a vendor for nobody else."""
    vendor = tenant.sign_up("vendor")
    vendor_id = imported(vendor, _TEXT)["vendor_id"]
    assert imported(tenant.owner, csv_text([simple_row("vase")]), vendor_id=vendor_id)["vendor_id"] == vendor_id
    assert "vase" in exported(vendor)
    house = imported(tenant.owner, csv_text([simple_row("pot")]))["vendor_id"]
    assert house != vendor_id
    assert send(vendor, _TEXT, vendor_id=house).status_code == 404
    refused = send(other_tenant.owner, _TEXT, vendor_id=vendor_id)
    assert (refused.status_code, refused.json()["code"]) == (404, "commerce.no_such_vendor")


@pytest.mark.parametrize(
    ("content", "form", "status", "code"),
    [
        (b"", {}, 422, "commerce.import_file_empty"),
        (b" \n", {}, 422, "commerce.import_file_empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), {}, 415, "commerce.import_format_unknown"),
        (b"%PDF-1.7 ...", {}, 415, "commerce.import_format_unknown"),
        (b"<html><body>Not found</body></html>", {}, 415, "commerce.import_format_unknown"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), {}, 415, "commerce.import_format_unknown"),
        (bytes(100), {}, 415, "commerce.import_format_unknown"),
        (_TEXT.encode(), {"format": "pdf"}, 422, "invalid"),
        (_TEXT.encode(), {"dry_run": "perhaps"}, 422, "invalid"),
        (_TEXT.encode(), {"vendor_id": "me"}, 422, "invalid"),
    ],
)
def test_what_is_no_import_is_refused_at_once(
    tenant: Tenant, content: bytes, form: dict[str, str], status: int, code: str
) -> None:
    """C-10: an empty file, a file of another kind and values that mean nothing."""
    refused = send(tenant.owner, content, **form)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert made(tenant.owner.get(IMPORTS), 200)["items"] == []


def test_a_form_without_a_file(tenant: Tenant) -> None:
    """C-10: the file is what it is about."""
    assert tenant.owner.post(IMPORTS, data={"dry_run": "true"}).status_code == 422
    assert tenant.owner.post(IMPORTS, files={"other": ("a.csv", b"x")}).status_code == 422


def test_a_file_beyond_the_limit(tenant: Tenant) -> None:
    """C-10: 413 before the file has been sent."""
    url = urlsplit(tenant.running.url)
    head = (
        f"POST {IMPORTS} HTTP/1.1\r\nHost: shop\r\nAuthorization: {tenant.owner.headers['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999999999\r\n\r\n--x\r\n"
    )
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall(head.encode())
        answer = connection.makefile("rb").readline()
    assert answer.split()[1] == b"413"


def test_the_same_key_starts_one_import(tenant: Tenant) -> None:
    """C-10: a repeated request with its Idempotency-Key starts nothing new."""
    files = {"file": ("products.csv", _TEXT.encode())}
    answers = [tenant.owner.post(IMPORTS, files=files, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Location"] == answers[0].headers["Location"]
    assert len(made(tenant.owner.get(IMPORTS), 200)["items"]) == 1


def test_two_imports_of_the_same_at_once(tenant: Tenant) -> None:
    """C-10: each new product is made once, whoever is first."""
    text = csv_text([simple_row(f"thing-{at}", Variant_SKU=f"T-{at}") for at in range(50)])
    started = [made(send(tenant.owner, text), 202) for _ in range(2)]
    found = [ended(tenant.owner, each) for each in started]
    assert [(each["status"], each["read"]) for each in found] == [("done", 50)] * 2
    assert sum(each["created"] for each in found) == 50
    assert exported(tenant.owner).count("\n") == 51
