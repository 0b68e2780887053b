"""Uploads that can be resumed: by tus 1.0, in any pieces, by any process, and to the byte."""

import hashlib
import os
import socket
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.conftest import Caller, Running, Tenant, wait
from tests.core.files.test_files import FILES, SVG, drawn, leave_room, objects_of

UPLOADS = "/v1/core/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"
MIB = 1024 * 1024


def described(name: str, kind: str = "", **more: str) -> str:
    """An Upload-Metadata header."""
    said = {"filename": name, **({"filetype": kind} if kind else {}), **more}
    return ",".join(f"{each} {b64encode(value.encode()).decode()}" for each, value in said.items())


def begin(caller: Caller, size: int, name: str = "a.bin", **more: str) -> str:
    """Begins an upload; gives its path."""
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": described(name, **more)}
    answer = caller.post(UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert "upload-expires" in answer.headers
    return answer.headers["location"]


def send(caller: Caller, path: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    """Sends a piece."""
    kind = {"Content-Type": PIECE, "Upload-Offset": str(offset)}
    return caller.patch(path, content=content, headers={**TUS, **kind, **headers})


def asked(caller: Caller, path: str) -> httpx.Response:
    """How far it has come."""
    return caller.request("HEAD", path, headers=TUS)


def file_at(caller: Caller, answer: httpx.Response, eventually: Callable[..., Any]) -> dict[str, Any]:
    """The file that an upload has become, once it is ready."""
    return eventually(lambda: (each := caller.get(answer.headers["location"]).json()).get("status") == "ready" and each)


def test_what_is_spoken(tenant: Tenant) -> None:
    """P-28: version, extensions and limits are told to everybody; another version is 412; each answer tells ours."""
    told = tenant.running.client.options(UPLOADS)
    assert told.status_code == 204
    assert (told.headers["tus-version"], told.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert set(told.headers["tus-extension"].split(",")) == {"creation", "checksum", "expiration", "termination"}
    assert "sha256" in told.headers["tus-checksum-algorithm"]
    assert int(told.headers["tus-max-size"]) > 10**9
    path = begin(tenant.owner, 10)
    for answer in (tenant.owner.post(UPLOADS), tenant.owner.patch(path), tenant.owner.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (412, "core.other_tus_version")
        assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert tenant.owner.request("HEAD", path, headers={"Tus-Resumable": "0.2.2"}).status_code == 412
    refused = tenant.visitor.post(UPLOADS, headers=TUS)
    assert (refused.status_code, refused.headers["tus-resumable"]) == (401, "1.0.0")


def test_a_small_file_is_ready_at_once(running: Running, tenant: Tenant) -> None:
    """P-28: sent in one piece, it is a file when the answer comes, and keeps what was said of it."""
    content = b"a,b\n1,2\n"
    path = begin(tenant.owner, len(content), "sheet.csv", kind="text/csv", public="true")
    answer = send(tenant.owner, path, 0, content)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(content)))
    stored = tenant.owner.get(answer.headers["location"]).json()
    assert (stored["status"], stored["content_type"], stored["public"]) == ("ready", "text/csv", True)
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    assert tenant.visitor.get(stored["url"]).content == content
    again = asked(tenant.owner, path)
    assert (again.headers["upload-offset"], again.headers["location"]) == ("8", answer.headers["location"])
    assert send(tenant.owner, path, 8, b"").status_code == 204
    assert send(tenant.owner, path, 8, b"x").status_code == 413
    ended = tenant.owner.delete(path, headers=TUS)
    assert (ended.status_code, ended.json()["code"]) == (409, "core.upload_finished")
    assert len(objects_of(running, tenant)) == 1


def test_pieces_are_put_together(running: Running, tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: in pieces of any size, a file comes out to the byte, and the pieces are gone."""
    content = os.urandom(19 * MIB + 17)
    path, at = begin(tenant.owner, len(content)), 0
    for size in (1, 5 * MIB, 9 * MIB, 100, len(content)):
        answer = send(tenant.owner, path, at, content[at : at + size])
        assert answer.status_code == 204, answer.text
        at = int(answer.headers["upload-offset"])
        assert asked(tenant.owner, path).headers["upload-offset"] == str(at)
    stored = file_at(tenant.owner, answer, eventually)
    assert (stored["size"], stored["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert hashlib.sha256(tenant.owner.get(stored["url"]).content).hexdigest() == stored["sha256"]
    eventually(lambda: len(objects_of(running, tenant)) == 1)


def test_a_picture_in_pieces_gets_variants(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: what a piece begins with says nothing; the file is looked at when all has come."""
    content = drawn()
    path = begin(tenant.owner, len(content), "a.png")
    send(tenant.owner, path, 0, content[:5])
    answer = send(tenant.owner, path, 5, content[5:])
    stored = file_at(tenant.owner, answer, eventually)
    assert (stored["content_type"], stored["width"]) == ("image/png", 900)
    eventually(lambda: tenant.owner.get(answer.headers["location"]).json()["variants_status"] == "made")


@pytest.mark.parametrize(
    ("name", "content"), [("a.svg", SVG), ("a.txt", SVG), ("a.png", b"hello"), ("a.zip", b"PK\x03\x04" + bytes(50))]
)
def test_kinds_that_lie_are_refused(
    running: Running, tenant: Tenant, name: str, content: bytes, eventually: Callable[..., Any]
) -> None:
    """T43: the last piece of a file that is not taken is 415, and nothing of it stays."""
    path = begin(tenant.owner, len(content), name)
    send(tenant.owner, path, 0, content[:3])
    answer = send(tenant.owner, path, 3, content[3:])
    assert (answer.status_code, answer.headers["tus-resumable"]) == (415, "1.0.0")
    assert asked(tenant.owner, path).status_code == 404
    assert tenant.owner.get(FILES).json()["items"] == []
    eventually(lambda: objects_of(running, tenant) == [])


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Metadata": described("a")}, 400, "core.upload_length_required"),
        ({"Upload-Length": "5"}, 400, "core.bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename !!"}, 400, "core.bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename YQ==,filename YQ=="}, 400, "core.bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": described("a", public="x")}, 400, "core.bad_upload_metadata"),
        ({"Upload-Length": "5", "Upload-Metadata": "filename /w=="}, 400, "core.bad_upload_metadata"),
        ({"Upload-Length": "-1", "Upload-Metadata": described("a")}, 422, "invalid"),
        ({"Upload-Length": "x", "Upload-Metadata": described("a")}, 422, "invalid"),
        ({"Upload-Length": "0", "Upload-Metadata": described("a")}, 422, "core.empty_file"),
        ({"Upload-Length": "5", "Upload-Metadata": described("../a")}, 422, "core.bad_file_name"),
        ({"Upload-Length": "5", "Upload-Metadata": described("a\x00")}, 422, "core.bad_file_name"),
        ({"Upload-Length": "5", "Upload-Metadata": described("a" * 4000)}, 422, "invalid"),
        ({"Upload-Length": str(2**40), "Upload-Metadata": described("a")}, 413, "core.file_too_large"),
    ],
)  # fmt: skip
def test_bad_beginnings_are_refused(tenant: Tenant, headers: dict[str, str], status: int, code: str) -> None:
    """P-28, T43: each beginning that makes no sense gets its own refusal."""
    answer = tenant.owner.post(UPLOADS, headers={**TUS, **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_bad_pieces_are_refused(tenant: Tenant) -> None:
    """P-28: at another place, too long, of another kind: nothing of it is kept."""
    path = begin(tenant.owner, 10)
    missing = tenant.owner.patch(path, content=b"x", headers={**TUS, "Content-Type": PIECE})
    answers = [
        (send(tenant.owner, path, 3, b"x"), 409, "core.other_upload_offset"),
        (missing, 400, "core.upload_offset_required"),
        (send(tenant.owner, path, 0, b"x" * 11), 413, "core.beyond_the_end"),
        (send(tenant.owner, path, -1, b"x"), 422, "invalid"),
        (send(tenant.owner, path, 0, b"x", **{"Content-Type": "text/plain"}), 415, "unsupported_type"),
        (send(tenant.owner, path, 0, b"x", **{"Upload-Checksum": "md5 YQ=="}), 400, "core.bad_upload_checksum"),
        (send(tenant.owner, path, 0, b"x", **{"Upload-Checksum": "sha256 !"}), 400, "core.bad_upload_checksum"),
    ]  # fmt: skip
    assert [(each.status_code, each.json()["code"]) for each, *_ in answers] == [tuple(each[1:]) for each in answers]
    chunked = {**TUS, "Content-Type": PIECE, "Upload-Offset": "0"}
    endless = tenant.owner.patch(path, content=iter([b"x" * 8, b"x" * 8]), headers=chunked)
    assert endless.status_code == 413
    assert asked(tenant.owner, path).headers["upload-offset"] == "0"


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_checksums(running: Running, tenant: Tenant, algorithm: str) -> None:
    """P-28: a piece that arrives otherwise than it was sent is 460, and the position stays; a good one counts."""
    content = os.urandom(9 * MIB)
    path = begin(tenant.owner, len(content))

    def sum_of(piece: bytes) -> dict[str, str]:
        digest = hashlib.new(algorithm, piece, usedforsecurity=False).digest()
        return {"Upload-Checksum": f"{algorithm} {b64encode(digest).decode()}"}

    wrong = send(tenant.owner, path, 0, content, **sum_of(content[:-1]))
    assert (wrong.status_code, wrong.json()["code"]) == (460, "core.checksum_mismatch")
    assert asked(tenant.owner, path).headers["upload-offset"] == "0"
    assert objects_of(running, tenant) == []
    assert send(tenant.owner, path, 0, content, **sum_of(content)).headers["upload-offset"] == str(len(content))


def test_uploads_are_their_senders_own(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-10: whoever else asks, of this tenant or another, is told as of an upload that there is not."""
    path, content = begin(tenant.sign_up(), 5), b"hello"
    for caller in (tenant.owner, tenant.sign_up(), other_tenant.owner):
        for where in (path, f"{UPLOADS}/{new_id()}"):
            answers = (asked(caller, where), send(caller, where, 0, content), caller.delete(where, headers=TUS))
            assert [each.status_code for each in answers] == [404, 404, 404]
            assert answers[1].json()["code"] == "core.no_such_upload"


def test_two_at_once(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: of several requests that send the same piece at once one counts, the others are 409."""
    content = os.urandom(3 * MIB)
    path = begin(tenant.owner, len(content))
    ready = threading.Barrier(4)

    def one(_: int) -> int:
        ready.wait()
        return send(tenant.owner, path, 0, content[: 2 * MIB]).status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(one, range(4))) == [204, 409, 409, 409]
    answer = send(tenant.owner, path, 2 * MIB, content[2 * MIB :])
    assert file_at(tenant.owner, answer, eventually)["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_line_that_breaks(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: what came before the line broke counts; the sender asks, and goes on from there."""
    content = os.urandom(10 * MIB)
    path = begin(tenant.owner, len(content))
    url = urlsplit(tenant.running.url)
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {tenant.owner.headers['Authorization']}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((url.hostname, url.port)) as line:
        line.sendall(head.encode() + content[: 9 * MIB])
    eventually(lambda: int(asked(tenant.owner, path).headers["upload-offset"]) >= 8 * MIB)

    def go_on() -> httpx.Response | None:
        # The end of what came may still be on its way into the storage: then this is 409.
        came = int(asked(tenant.owner, path).headers["upload-offset"])
        answer = send(tenant.owner, path, came, content[came:])
        return answer if answer.status_code == 204 else None

    answer = eventually(go_on)
    assert file_at(tenant.owner, answer, eventually)["sha256"] == hashlib.sha256(content).hexdigest()


def test_uploads_end(
    running: Running, tenant: Tenant, admin_sql: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    """P-28: an upload that its sender ends leaves nothing, and its room is free again."""
    leave_room(tenant, admin_sql, 100)
    path = begin(tenant.owner, 80)
    send(tenant.owner, path, 0, b"hello")
    full = tenant.owner.post(UPLOADS, headers={**TUS, "Upload-Length": "80", "Upload-Metadata": described("a")})
    assert (full.status_code, full.json()["code"]) == (413, "core.storage_full")
    assert [tenant.owner.delete(path, headers=TUS).status_code for _ in range(2)] == [204, 404]
    assert asked(tenant.owner, path).status_code == 404
    begin(tenant.owner, 80)
    eventually(lambda: objects_of(running, tenant) == [])


def test_uploads_expire(
    running: Running, tenant: Tenant, clock: ShiftedClock, admin_sql: Any, eventually: Callable[..., Any]
) -> None:
    """P-28: what nobody goes on with for a day is 404, and is cleared away by itself; a finished one stays a file."""
    path, done = begin(tenant.owner, 80), begin(tenant.owner, 5)
    send(tenant.owner, path, 0, b"hello")
    location = send(tenant.owner, done, 0, b"hello").headers["location"]
    wait(clock, admin_sql, timedelta(hours=25))
    owner = tenant.sign_in(tenant.owner.email)
    assert asked(owner, path).status_code == 404
    assert send(owner, path, 5, b"x").status_code == 404
    eventually(lambda: len(objects_of(running, tenant)) == 1)
    eventually(lambda: not admin_sql("SELECT FROM core.upload WHERE tenant_id = $1", tenant.id))
    assert owner.get(location).json()["status"] == "ready"
    assert admin_sql("SELECT bytes FROM core.storage_use WHERE tenant_id = $1", tenant.id) == [{"bytes": 5}]


def test_the_worker_finishes_what_its_process_did_not(
    tenant: Tenant, admin_sql: Any, eventually: Callable[..., Any]
) -> None:
    """P-28: a process that dies between the last part and the file leaves a file nevertheless."""
    path = begin(tenant.owner, 5, "a.txt")
    finished = send(tenant.owner, path, 0, b"hello").headers["location"]
    upload_id = path.rpartition("/")[2]
    key = admin_sql("DELETE FROM core.file WHERE id = $1 RETURNING key", upload_id)[0]["key"]
    admin_sql("UPDATE core.upload SET status = 'open' WHERE id = $1", upload_id)
    admin_sql(
        "INSERT INTO core.upload_part (tenant_id, upload_id, start, size, key) VALUES ($1, $2, 0, 5, $3)",
        tenant.id, upload_id, key,
    )  # fmt: skip
    eventually(lambda: tenant.owner.get(finished).status_code == 200)
    assert tenant.owner.get(f"{finished}/content").content == b"hello"
