"""Pictures and videos for posts: what is taken, what is made of it, how far that is, and what posts show of it."""

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from fourfold.ground.ids import new_id
from fourfold.ground.work import Desk
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.jobs import OneMedium, process_medium
from fourfold.social.media.shapes import MediumShape
from tests.builders.at_work import at_work
from tests.builders.community import POSTS_HERE, joined, put, write
from tests.builders.media import (
    MEDIA_HERE,
    SVG,
    a_medium,
    mp4,
    photograph,
    picture,
    prepared,
    sent,
    settled,
    stored_media,
    webm,
)
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def zipped(mebibytes: int) -> bytes:
    """An archive of so many zeros."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as entry:
        for _ in range(mebibytes):
            entry.write(bytes(2**20))
    return file.getvalue()


def test_a_picture_is_made_ready(tenant: Tenant, documents_of: Documents) -> None:
    """S-21: three widths as WebP, upright, without what the camera wrote, with a blurhash; all told by its way."""
    answer = tenant.owner.post(
        MEDIA_HERE, json={"file_id": (file_id := sent(tenant.owner, photograph())), "alt": "Noise"}
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{MEDIA_HERE}/{file_id}"
    assert answer.json()["state"] == "waiting"
    MediumShape.model_validate_json(answer.content)
    told = settled(tenant.owner, file_id)
    assert (told["state"], told["progress"], told["kind"], told["alt"], told["reason"]) == (
        "ready", 1.0, "image", "Noise", None,
    )  # fmt: skip
    assert (told["width"], told["height"], len(told["blurhash"])) == (600, 900, 28)
    assert {each["name"] for each in told["variants"]} == {"2048", "1280", "400"}
    for each in told["variants"]:
        read = tenant.owner.get(each["url"])
        assert (read.status_code, read.headers["content-type"]) == (200, "image/webp")
        assert (len(read.content), read.headers["cache-control"]) == (each["bytes"], "private, no-cache")
        assert b"Ada's camera" not in read.content
        with Image.open(io.BytesIO(read.content)) as shown:
            assert (shown.width, shown.height) == (each["width"], each["height"])
            assert (shown.width <= 400) == (each["name"] == "400")
            assert not shown.getexif()
        assert tenant.owner.get(each["url"], headers={"If-None-Match": read.headers["etag"]}).status_code == 304
    (kept,) = documents_of(tenant, MEDIA)
    assert sorted(stored_media(tenant)) == sorted(kept["variants"])


def test_a_post_shows_its_media(tenant: Tenant) -> None:
    """S-21: a file that a post names is made ready by itself; until then the post shows it as processing."""
    file_id = sent(tenant.owner, picture())
    (fresh,) = write(tenant.owner, media_ids=[file_id, file_id])["media"]
    assert fresh["state"] in {"processing", "ready"}
    settled(tenant.owner, file_id)
    post = write(tenant.owner, media_ids=[file_id])
    (shown,) = post["media"]
    assert (shown["id"], shown["state"], shown["kind"], shown["alt"]) == (file_id, "ready", "image", "")
    described = tenant.owner.patch(f"{MEDIA_HERE}/{file_id}", json={"alt": "A square of blue"})
    assert (described.status_code, described.json()["alt"]) == (200, "A square of blue")
    there = f"{POSTS_HERE}/{post['id']}"
    (again,) = tenant.visitor.get(there).json()["media"]
    assert (again["alt"], again["url"]) == ("A square of blue", f"{MEDIA_HERE}/{file_id}/content")
    for each in (again["url"], *(form["url"] for form in again["variants"])):
        assert tenant.visitor.get(each).status_code == 200
    assert tenant.owner.patch(there, json={"media_ids": []}).json()["media"] == []
    assert [each["id"] for each in tenant.owner.patch(there, json={"media_ids": [file_id]}).json()["media"]] == [
        file_id
    ]


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [(mp4(12.5, (320, 240)), "video/mp4", (320, 240)), (webm(None), "video/webm", (640, 360))],
)
def test_a_video_is_served_in_parts(tenant: Tenant, content: bytes, kind: str, size: tuple[int, int]) -> None:
    """S-21: without ffmpeg a video that browsers play stays as it is, and says so; any part of it can be read."""
    told = prepared(tenant.owner, content)
    if told["state"] == "failed":
        # These describe a video, and hold none: ffmpeg, where there is one, notices.
        assert told["reason"] in {"unreadable", "no_picture"}
        assert stored_media(tenant) == []
        pytest.skip("ffmpeg is there: tests/social/media/test_film.py shows what it makes")
    assert (told["state"], told["transcoded"], told["width"], told["height"]) == ("ready", False, *size)
    (video,) = told["variants"]
    assert (video["name"], video["type"], video["bytes"]) == ("video", kind, len(content))
    whole = tenant.owner.get(f"{MEDIA_HERE}/{told['id']}/content")
    assert (whole.content, whole.headers["content-type"]) == (content, kind)
    part = tenant.owner.get(video["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert tenant.owner.get(video["url"], headers={"Range": "bytes=9999999-"}).status_code == 416
    assert (
        tenant.owner.get(f"{video['url'].partition('?')[0]}?variant=poster").json()["code"] == "social.no_such_variant"
    )


BOMB = zipped(120)
REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "a script in an SVG": (SVG, "picture.svg", 415, "core.active_picture"),
    "a script in an SVG that is called a picture": (SVG, "picture.png", 415, "core.active_picture"),
    "an archive that is a bomb": (BOMB, "photos.zip", 413, "core.archive_bomb"),
    "an archive that is a bomb, called a picture": (BOMB, "photo.jpg", 415, "core.wrong_kind"),
    "a video that is called a picture": (mp4(10), "holiday.jpg", 415, "core.wrong_kind"),
    "a video that is called a text": (mp4(10), "holiday.txt", 415, "core.wrong_kind"),
    "a picture that is called a video": (picture(), "film.mp4", 415, "core.wrong_kind"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_what_it_says_is_refused(tenant: Tenant, documents_of: Documents, what: str) -> None:
    """S-21: by its content, and in words that say why; nothing of it is stored anywhere."""
    content, name, status, code = REFUSED[what]
    answer = tenant.owner.post("/v1/core/files", files={"file": (name, content, "application/octet-stream")})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"]
    assert tenant.owner.get("/v1/core/files").json()["items"] == []
    assert [path for path in (tenant.running.settings.home / "files" / tenant.id).rglob("*") if path.is_file()] == []
    assert documents_of(tenant, MEDIA) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>alert(1)</script></html>", "social.not_a_medium"), (zipped(1), "social.not_a_medium"),
        (b"just words", "social.not_a_medium"), (b"%PDF-1.7 and so on", "social.not_a_medium"),
        (picture("TIFF"), "social.not_a_medium"),
        (picture("GIF") + bytes(20 * 1024 * 1024), "social.medium_too_large"),
    ],
    ids=["page", "archive", "text", "paper", "other picture", "large"],
)  # fmt: skip
def test_other_files_are_not_for_posts(tenant: Tenant, documents_of: Documents, content: bytes, code: str) -> None:
    """S-21: files that are kept as files are refused as pictures and videos, 422, with the reason; nothing is made."""
    file_id = sent(tenant.owner, content)
    for path, body in (
        (MEDIA_HERE, {"file_id": file_id}),
        (POSTS_HERE, {"text": "Look", "media_ids": [file_id]}),
    ):
        answer = tenant.owner.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert answer.json()["errors"][0]["field"] == list(body)[-1]
    assert documents_of(tenant, MEDIA) == []
    assert stored_media(tenant) == []
    assert tenant.owner.get(f"{MEDIA_HERE}/{file_id}").status_code == 404


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (picture(size=(300, 300))[:-40], {"unreadable"}), (mp4(601), {"too_long", "unreadable", "no_picture"}),
        (mp4(kind=b"soun"), {"no_picture", "unreadable"}),
        (b"\0\0\0\x14ftypqt  " + bytes(100), {"needs_ffmpeg", "unreadable"}),
    ],
    ids=["broken", "long", "sound", "other"],
)  # fmt: skip
def test_what_cannot_be_shown_fails(tenant: Tenant, content: bytes, reasons: set[str]) -> None:
    """S-21: its author is told why, others only that it failed; nothing is stored, and it may be tried again."""
    told = prepared(tenant.owner, content)
    assert (told["state"], told["variants"]) == ("failed", [])
    assert told["reason"] in reasons
    assert stored_media(tenant) == []
    post = write(tenant.owner, media_ids=[told["id"]])
    assert [each["state"] for each in post["media"]] == ["failed"]
    assert tenant.visitor.get(f"{MEDIA_HERE}/{told['id']}").json()["reason"] is None
    assert tenant.owner.get(post["media"][0]["url"]).json()["code"] == "social.no_such_variant"
    again = tenant.owner.post(MEDIA_HERE, json={"file_id": told["id"]})
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert settled(tenant.owner, told["id"])["state"] == "failed"


def test_what_is_sent_is_checked(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-21, I8: wrong types, unknown fields, texts without end, and files of others, which are as if not there."""
    (other,) = joined(tenant, 1)
    mine = a_medium(tenant)["media.file_id"]
    bodies: list[Any] = [
        {}, {"file_id": "x"}, {"file_id": 1}, {"file_id": {"$ne": 1}}, {"file_id": mine, "alt": "x" * 1501},
        {"file_id": mine, "alt": None}, {"file_id": mine, "more": 1}, [],
    ]  # fmt: skip
    assert {tenant.owner.post(MEDIA_HERE, json=each).status_code for each in bodies} == {422}
    here = f"{MEDIA_HERE}/{mine}"
    for body in ({}, {"alt": 1}, {"alt": "x" * 1501}, {"alt": "x", "more": 1}):
        assert tenant.owner.patch(here, json=body).status_code == 422
    foreign = sent(other_tenant.owner, picture())
    answers = [
        other.post(MEDIA_HERE, json={"file_id": each})
        for each in (mine, foreign, sent(tenant.owner, picture()), str(new_id()))
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "social.no_such_file")}
    for caller in (other, other_tenant.owner):
        for answer in (caller.get(here), caller.patch(here, json={"alt": "Mine"}), caller.get(f"{here}/content")):
            assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_medium")
    assert tenant.visitor.post(MEDIA_HERE, json={"file_id": mine}).status_code == 401
    assert tenant.owner.get(f"{here}/content", params={"variant": "../../etc"}).status_code == 422
    assert tenant.owner.get(f"{MEDIA_HERE}/x").status_code == 422


def test_twice_at_once_is_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-21, I24: whoever sends it several times at once has one picture, made once, and two posts may show it."""
    file_id = sent(tenant.owner, picture())

    def register(_: int) -> int:
        return tenant.owner.post(MEDIA_HERE, json={"file_id": file_id}).status_code

    def post(_: int) -> list[dict[str, Any]]:
        return list(write(tenant.owner, media_ids=[file_id])["media"])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(register, range(8))) == {202}
        assert [len(each) for each in pool.map(post, range(4))] == [1] * 4
    settled(tenant.owner, file_id)
    (kept,) = documents_of(tenant, MEDIA)
    assert (len(kept["posts"]), sorted(stored_media(tenant))) == (4, sorted(kept["variants"]))
    (folder,) = (tenant.running.settings.home / "files" / tenant.id / "social" / "media" / file_id).iterdir()
    assert kept["folder"].endswith(folder.name)


def test_what_a_worker_left_behind_is_made_again(tenant: Tenant, documents_of: Documents) -> None:
    """S-21, I10: a worker that was killed in the middle has left a part; the next one makes the whole, and no more."""
    medium = prepared(tenant.owner, photograph((300, 200)))
    (whole,) = documents_of(tenant, MEDIA)
    leave_in_the_middle(tenant, whole)
    told = settled(tenant.owner, medium["id"])
    (kept,) = documents_of(tenant, MEDIA)
    assert (told["state"], kept["variants"], kept["blurhash"]) == ("ready", whole["variants"], whole["blurhash"])
    assert sorted(stored_media(tenant)) == ["1280", "2048", "400"]


def leave_in_the_middle(tenant: Tenant, whole: dict[str, Any]) -> None:
    """Has things as a worker leaves them that is killed: one object is there, one cut off, a job to be done."""
    folder = tenant.running.settings.home / "files" / tenant.id / whole["folder"]
    (folder / "1280").unlink()
    (folder / "400").write_bytes(b"cut off")
    put(tenant, MEDIA, {"_id": whole["_id"]}, {"state": "processing", "progress": 0.5, "variants": {}})

    async def ask(desk: Desk) -> None:
        async with desk.work() as work:
            work.later(process_medium, OneMedium(file_id=whole["_id"], folder=whole["folder"]))

    at_work(tenant, ask)


def test_keys_that_read_no_posts_see_what_visitors_see(tenant: Tenant) -> None:
    """S-21: a key without the right to read posts looks as a visitor does, at pictures as well."""
    file_id = a_medium(tenant)["media.file_id"]
    key = tenant.owner.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:read"]}).json()["key"]
    caller = Caller(tenant.running.client, {"Authorization": f"Bearer {key}"})
    assert caller.get(f"{MEDIA_HERE}/{file_id}").status_code == 404
    assert caller.get(f"{MEDIA_HERE}/{file_id}/content").status_code == 404
    write(tenant.owner, media_ids=[file_id])
    assert caller.get(f"{MEDIA_HERE}/{file_id}/content").status_code == 200
