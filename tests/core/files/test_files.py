"""Files: taken by their content, read whole or in part, shown to those who may see them, and nothing left behind."""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from fourfold.core.files.shapes import FileShape
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.builders.commerce import made
from tests.conftest import Caller, Running, Tenant, wait

FILES = "/v1/core/files"
ORIENTATION, MAKER = 0x0112, 0x010F


def drawn(kind: str = "PNG", size: tuple[int, int] = (900, 450), **rest: Any) -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(file, kind, **rest)
    return file.getvalue()


def send(caller: Caller, name: str, content: bytes, kind: str = "", **form: str) -> httpx.Response:
    """Sends a file, with the type that is declared."""
    file = (name, content, kind) if kind else (name, content, "application/octet-stream")
    return caller.post(FILES, files={"file": file}, data=form)


def files_below(top: Path) -> list[Path]:
    """All files in a folder, which may lose others meanwhile: `rglob` fails at those."""
    found = (Path(folder) / name for folder, _, names in os.walk(top) for name in names)
    return sorted(path for path in found if path.is_file())


def objects_of(running: Running, tenant: Tenant) -> list[str]:
    """The keys of what is stored for the tenant's files and uploads."""
    top = running.settings.home / "files" / tenant.id / "core"
    return [str(path.relative_to(top)) for path in files_below(top)]


def test_a_file_comes_back(tenant: Tenant) -> None:
    """P-28: what is sent is stored, described with its checksum, and read back whole; sent again it is another file."""
    content = b"name,amount\nAda,5\n"
    answer = send(tenant.owner, "amounts.csv", content, "text/csv")
    stored = made(answer)
    FileShape.model_validate_json(answer.content)
    assert answer.headers["location"] == f"{FILES}/{stored['id']}"
    assert (stored["content_type"], stored["size"], stored["status"]) == ("text/csv", len(content), "ready")
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    assert tenant.owner.get(f"{FILES}/{stored['id']}").json() == stored
    read = tenant.owner.get(stored["url"])
    assert (read.status_code, read.content) == (200, content)
    assert read.headers["etag"] == f'"{stored["sha256"]}"'
    assert (read.headers["accept-ranges"], read.headers["content-length"]) == ("bytes", str(len(content)))
    again = made(send(tenant.owner, "amounts.csv", content))
    assert again["id"] != stored["id"]
    listed = made(tenant.owner.get(FILES, params={"limit": 1}), 200)
    assert [each["id"] for each in listed["items"]] == [again["id"]]
    rest = made(tenant.owner.get(FILES, params={"limit": 1, "cursor": listed["next"]}), 200)
    assert [each["id"] for each in rest["items"]] == [stored["id"]]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)), ("bytes=5-", 206, slice(5, None)), ("bytes=-4", 206, slice(-4, None)),
        ("bytes=0-99999999", 206, slice(None)), ("bytes=90000-", 416, None), ("bytes=-0", 416, None),
        ("bytes=5-2", 416, None), ("bytes=a-b", 416, None), ("bytes=" + "9" * 5000 + "-", 416, None),
        ("bytes=0-1,4-5", 200, slice(None)), ("lines=0-1", 200, slice(None)),
    ],
)  # fmt: skip
def test_parts_are_read(tenant: Tenant, asked: str, status: int, part: slice | None) -> None:
    """P-28: one range of bytes is 206, one beyond the end 416 with the size, several at once the whole."""
    content = os.urandom(1000)
    url = made(send(tenant.owner, "bytes.bin", content))["url"]
    answer = tenant.owner.get(url, headers={"Range": asked})
    assert answer.status_code == status
    if part is None:
        assert answer.headers["content-range"] == "bytes */1000"
    else:
        assert answer.content == content[part]


def test_conditions_and_head(tenant: Tenant) -> None:
    """P-28: a known tag is 304, a range of another version is the whole, and HEAD tells what GET would."""
    content = os.urandom(1000)
    stored = made(send(tenant.owner, "bytes.bin", content))
    url, tag = stored["url"], f'"{stored["sha256"]}"'
    assert tenant.owner.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert tenant.owner.get(url, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert tenant.owner.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).content == content
    head = tenant.owner.request("HEAD", url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1000")
    assert head.headers["etag"] == tag
    assert tenant.sign_up().request("HEAD", url).status_code == 404
    assert tenant.visitor.request("HEAD", url).status_code == 404


PDF, GZIP = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"\x1f\x8b\x08\x00" + bytes(20)


def packed(*names: str, **entries: bytes) -> bytes:
    """A ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "hello")
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


DOCX = packed("[Content_Types].xml", "_rels/.rels", "word/document.xml")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "content", "declared", "kind"),
    [
        ("a.png", drawn(), "image/png", "image/png"), ("a.jpg", drawn("JPEG"), "image/jpg", "image/jpeg"),
        ("a.webp", drawn("WEBP"), "", "image/webp"), ("a.gif", drawn("GIF"), "", "image/gif"),
        ("a.pdf", PDF, "application/pdf", "application/pdf"), ("a.zip", packed("a"), "", "application/zip"),
        ("a.docx", DOCX, WORD, WORD), ("a.zip", DOCX, "application/zip", WORD),
        ("a.gz", GZIP, "", "application/gzip"), ("a.csv", b"a;b\n", "application/vnd.ms-excel", "text/csv"),
        ("a.txt", "grün".encode("latin-1"), "text/plain", "text/plain"), ("a.md", b"# Title", "", "text/markdown"),
        ("a.json", b'{"a": 1}', "application/json", "application/json"),
        ("a", b"\x00\x01\x02", "", "application/octet-stream"),
        ("a.html", b"<!-- x --><!doctype html><p>hello", "text/html", "text/html"),
        ("a.dat", b"hello", "application/x-own", "text/plain"),
    ],
)  # fmt: skip
def test_kinds_are_told_by_content(tenant: Tenant, name: str, content: bytes, declared: str, kind: str) -> None:
    """P-28: the type is what the content says, refined by the name for kinds of plain text."""
    assert made(send(tenant.owner, name, content, declared))["content_type"] == kind


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "content", "declared", "code"),
    [
        ("a.png", b"MZ\x90\x00" + bytes(100), "image/png", "core.wrong_kind"),
        ("a.png", drawn("JPEG"), "", "core.wrong_kind"), ("a.jpg", drawn("PNG"), "image/png", "core.wrong_kind"),
        ("a", b"hello", "application/pdf", "core.wrong_kind"), ("a.txt", b"\x00\x01\x02", "", "core.wrong_kind"),
        ("a.docx", packed("a"), "", "core.wrong_kind"), ("a.png", b"\x89PNG\r\n\x1a\nIHDR", "", "core.not_a_picture"),
        ("a.svg", SVG, "image/svg+xml", "core.active_picture"), ("a.txt", SVG, "text/plain", "core.active_picture"),
        ("a.xml", b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a --><!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg/>", "",
         "core.active_picture"),
        ("a.png", b"<!-- " + b"x" * 70_000 + b" -->" + SVG, "image/png", "core.wrong_kind"),
        ("a.zip", b"PK\x03\x04" + bytes(40), "", "core.wrong_kind"),
    ],
)  # fmt: skip
def test_kinds_that_lie_are_refused(tenant: Tenant, name: str, content: bytes, declared: str, code: str) -> None:
    """T43: wrong magic bytes and SVG are 415, whatever they are called."""
    answer = send(tenant.owner, name, content, declared)
    assert (answer.status_code, answer.json()["code"]) == (415, code), answer.text


@pytest.mark.parametrize(
    "name", ["../a.txt", "a/b.txt", "..\\a.txt", "..", "a\u202egpj.exe", "x" * 256, " ", "ü" * 128]
)
def test_bad_names_are_refused(tenant: Tenant, name: str) -> None:
    """T43: a name that leads elsewhere, holds control characters or is too long is 422."""
    answer = send(tenant.owner, name, b"hello")
    assert (answer.status_code, answer.json()["code"]) == (422, "core.bad_file_name")
    changed = tenant.owner.patch(f"{FILES}/{made(send(tenant.owner, 'a.txt', b'hello'))['id']}", json={"name": name})
    assert (changed.status_code, changed.json()["code"]) in {(422, "core.bad_file_name"), (422, "invalid")}


@pytest.mark.parametrize("name", ["a\x01.txt", "a\x7f.txt", "a\n.txt", "a\x85.txt"])
def test_names_hold_no_control_characters(tenant: Tenant, name: str) -> None:
    """T43: also where no form escapes them."""
    stored = made(send(tenant.owner, "a.txt", b"hello"))
    answer = tenant.owner.patch(f"{FILES}/{stored['id']}", json={"name": name})
    assert (answer.status_code, answer.json()["code"]) == (422, "core.bad_file_name")


def test_a_nul_in_a_raw_name_is_refused(tenant: Tenant) -> None:
    """T43: a form whose file name holds U+0000 is refused and not failed at."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00.txt"\r\n\r\nhello\r\n--x--\r\n'
    answer = tenant.owner.post(FILES, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"files": {"file": ("a.txt", b"")}}, 422, "core.empty_file"),
        ({"files": {"other": ("a.txt", b"x")}}, 422, "core.bad_form"),
        ({"files": {"file": ("a.txt", b"x")}, "data": {"public": "perhaps"}}, 422, "core.bad_form"),
        ({"files": {"file": ("a.txt", b"x")}, "data": {"owner_id": "x"}}, 422, "core.bad_form"),
        ({"files": [("file", ("a.txt", b"x")), ("file", ("b.txt", b"x"))]}, 400, "bad_request"),
        ({"data": {"file": "text"}}, 415, "unsupported_type"),
        ({"json": {"file": "x"}}, 415, "unsupported_type"), ({}, 415, "unsupported_type"),
        ({"content": b"--y--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, "bad_request"),
        ({"content": b"--y--", "headers": {"Content-Type": "multipart/form-data"}}, 400, "bad_request"),
    ],
)  # fmt: skip
def test_bad_forms_are_refused(tenant: Tenant, form: dict[str, Any], status: int, code: str) -> None:
    """P-28: each form that is not understood gets its own refusal."""
    answer = tenant.owner.post(FILES, **form)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_bombs_are_refused(tenant: Tenant) -> None:
    """T42: a picture of too many pixels and an archive that unpacks to a thousand times its size are 413."""
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    archive = packed(zeros=bytes(150 * 1024 * 1024))
    many = packed(*(f"{at}" for at in range(10_001)))
    for name, content, code in (
        ("a.png", huge.getvalue(), "core.too_many_pixels"), ("a.zip", archive, "core.archive_bomb"),
        ("many.zip", many, "core.archive_bomb"),
    ):  # fmt: skip
        answer = send(tenant.owner, name, content)
        assert (answer.status_code, answer.json()["code"]) == (413, code), answer.text
    assert made(tenant.owner.get(FILES), 200)["items"] == []


def test_downloads_run_nothing(tenant: Tenant) -> None:
    """T43: whatever is handed out carries nosniff and a sandbox; kinds that a browser could run are only saved."""
    for name, content, shown in (
        ("a.html", b"<!doctype html><script>alert(1)</script>", False), ("a.pdf", PDF, False),
        ("a.png", drawn(), True), ("a.txt", b"<b>hello", True),
    ):  # fmt: skip
        answer = tenant.owner.get(made(send(tenant.owner, name, content))["url"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")
    stored = made(send(tenant.owner, "a.txt", b"x"))
    tenant.owner.patch(f"{FILES}/{stored['id']}", json={"name": 'Übersicht "5%" 文.txt'})
    told = tenant.owner.get(stored["url"]).headers["content-disposition"]
    assert re.search(r"filename\*=UTF-8''%C3%9Cbersicht%20%225%25%22%20%E6%96%87\.txt$", told)


def test_who_sees_a_file(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-28, P-10: its owner and administrators; everybody of the tenant when it is public; nobody of another."""
    owner, somebody = tenant.sign_up(), tenant.sign_up()
    stored = made(send(owner, "a.txt", b"hello"))
    path, url = f"{FILES}/{stored['id']}", stored["url"]
    assert [each.get(path).status_code for each in (owner, tenant.owner, somebody)] == [200, 200, 404]
    callers = (owner, tenant.owner, somebody, tenant.visitor, other_tenant.owner, other_tenant.visitor)
    assert [each.get(url).status_code for each in callers] == [200, 200, 404, 404, 404, 404]
    assert Caller(tenant.running.client, {}).get(url).json()["code"] == "tenant_required"
    assert somebody.patch(path, json={"public": True}).status_code == 404
    assert other_tenant.owner.patch(path, json={"public": True}).status_code == 404
    assert made(owner.patch(path, json={"public": True}), 200)["public"] is True
    assert [each.get(url).status_code for each in callers] == [200, 200, 200, 200, 404, 404]
    assert made(owner.patch(path, json={}), 200)["name"] == "a.txt"
    assert owner.patch(path, json={"owner_id": somebody.account_id}).status_code == 422
    assert [each["id"] for each in somebody.get(FILES, params={"owner_id": owner.account_id}).json()["items"]] == []
    assert len(tenant.owner.get(FILES, params={"owner_id": owner.account_id}).json()["items"]) == 1
    assert [each.delete(path).status_code for each in (somebody, other_tenant.owner)] == [404, 404]


def test_a_key_without_the_scope_reads_nothing(tenant: Tenant) -> None:
    """T28: a key of the owner's that may not read files is 403 at the bytes, too."""
    stored = made(send(tenant.owner, "a.txt", b"hello"))
    key = made(tenant.owner.post("/v1/core/api-keys", json={"name": "k", "scopes": ["core:me:read"]}))["key"]
    answer = Caller(tenant.running.client, {"Authorization": f"Bearer {key}"}).get(stored["url"])
    assert answer.status_code == 403


def test_links_open_one_file_for_a_time(tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock) -> None:
    """T10: a link reads one file without a token and without a tenant; changed, expired or elsewhere it is 404."""
    first, second = (made(send(tenant.owner, f"{at}.txt", b"hello %d" % at)) for at in range(2))
    link = made(tenant.owner.post(f"{FILES}/{first['id']}/links", json={"expires_in": 60}), 200)["url"]
    client = tenant.running.client
    path, _, query = link.partition("?")
    assert client.get(link).content == b"hello 0"
    assert client.head(link).status_code == 200
    assert client.get(link, headers={"Range": "bytes=0-1"}).status_code == 206
    assert tenant.visitor.get(link).status_code == 200
    assert other_tenant.visitor.get(link).status_code == 404
    assert other_tenant.owner.get(link).status_code == 404
    expires, signature = (each.partition("=")[2] for each in query.split("&"))
    flipped = [signature[:at] + ("A" if signature[at] != "A" else "B") + signature[at + 1 :] for at in range(0, 50, 7)]
    spoiled = [
        link.replace(first["id"], second["id"]), link.replace(first["id"], str(new_id())),
        f"{path}?expires={int(expires) + 1}&signature={signature}", f"{path}?signature={signature}",
        *(f"{path}?expires={expires}&signature={each}" for each in (*flipped, "", "x", signature[:-1])),
        f"{link}=",
    ]  # fmt: skip
    assert {each: client.get(each).status_code for each in spoiled} == dict.fromkeys(spoiled, 404)
    clock.advance(timedelta(seconds=61))
    assert client.get(link).status_code == 404
    clock.offset *= 0
    tenant.owner.delete(f"{FILES}/{first['id']}")
    assert client.get(link).status_code == 404
    for wrong in ({"expires_in": 0}, {"expires_in": 700_000}, {"expires_in": "60"}, {"for": 60}):
        assert tenant.owner.post(f"{FILES}/{second['id']}/links", json=wrong).status_code == 422
    assert tenant.sign_up().post(f"{FILES}/{second['id']}/links", json={}).status_code == 404
    assert other_tenant.owner.post(f"{FILES}/{second['id']}/links", json={}).status_code == 404


def test_removed_files_leave_nothing(running: Running, tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: a file that is removed takes its objects with it, after the commit, and gives its room back."""
    stored = made(send(tenant.owner, "a.png", drawn()))
    path = f"{FILES}/{stored['id']}"
    eventually(lambda: tenant.owner.get(path).json()["variants_status"] == "made")
    assert len(objects_of(running, tenant)) == 7
    assert tenant.owner.delete(path).status_code == 204
    assert [tenant.owner.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert tenant.owner.get(stored["url"]).status_code == 404
    eventually(lambda: objects_of(running, tenant) == [])


def leave_room(tenant: Tenant, admin_sql: Callable[..., Any], size: int) -> None:
    """Makes it so that the tenant has stored all but so many bytes of what it may."""
    admin_sql(
        "INSERT INTO core.storage_use (tenant_id, bytes) VALUES ($1, $2)",
        tenant.id, tenant.running.settings.files_limit - size,
    )  # fmt: skip


def test_the_room_of_a_tenant_has_an_end(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """P-28: what would be more than the tenant may store is 413, and removing makes room."""
    leave_room(tenant, admin_sql, 1000)
    stored = made(send(tenant.owner, "a.bin", os.urandom(700)))
    answer = send(tenant.owner, "b.bin", os.urandom(301))
    assert (answer.status_code, answer.json()["code"]) == (413, "core.storage_full")
    made(send(tenant.owner, "b.bin", os.urandom(300)))
    tenant.owner.delete(f"{FILES}/{stored['id']}")
    made(send(tenant.owner, "b.bin", os.urandom(700)))


def test_what_was_left_behind_is_cleared(
    running: Running, tenant: Tenant, clock: ShiftedClock, admin_sql: Any, eventually: Callable[..., Any]
) -> None:
    """P-28: files whose storing was given up and objects that no row knows go away by themselves; others stay."""
    stored = made(send(tenant.owner, "a.png", drawn()))
    eventually(lambda: tenant.owner.get(f"{FILES}/{stored['id']}").json()["variants_status"] == "made")
    given_up = made(send(tenant.owner, "b.txt", b"hello"))
    admin_sql("UPDATE core.file SET status = 'storing' WHERE id = $1", given_up["id"])
    kept = [each for each in objects_of(running, tenant) if given_up["id"] not in each]
    top = running.settings.home / "files" / tenant.id / "core"
    for orphan in (f"files/{new_id()}/content", f"files/{stored['id']}/other", f"uploads/{new_id()}/0"):
        (top / orphan).parent.mkdir(parents=True, exist_ok=True)
        (top / orphan).write_bytes(b"orphan")
    wait(clock, admin_sql, timedelta(hours=49))
    # Signed in anew: the session is older than its token lives.
    eventually(lambda: objects_of(running, tenant) == kept)
    owner = tenant.sign_in(tenant.owner.email)
    assert owner.get(f"{FILES}/{given_up['id']}").status_code == 404
    assert owner.get(stored["url"]).status_code == 200
