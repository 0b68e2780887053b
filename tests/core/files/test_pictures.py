"""Pictures: variants of files, and pictures of people, both without what the camera wrote."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from fourfold.ground.ids import new_id
from tests.builders.commerce import made
from tests.conftest import Running, Tenant
from tests.core.files.test_files import FILES, ORIENTATION, PDF, SVG, drawn, objects_of, send

AVATAR = "/v1/core/me/avatar"


def with_words(size: tuple[int, int] = (900, 450)) -> bytes:
    """A photograph that lies on its side and tells who took it, and where."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010F] = 6, "Ada's camera"
    exif.get_ifd(0x8825)[1] = "N"
    return drawn("JPEG", size, exif=exif)


def test_pictures_get_variants(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: three widths in two forms, upright and without the camera's words; the file itself stays as it was sent."""
    content = with_words()
    stored = made(send(tenant.owner, "a.jpg", content))
    assert (stored["width"], stored["height"], stored["variants_status"], stored["variants"]) == (
        900,
        450,
        "making",
        {},
    )
    path = f"{FILES}/{stored['id']}"
    shown = eventually(lambda: (each := tenant.owner.get(path).json())["variants_status"] == "made" and each)
    assert set(shown["variants"]) == {"320", "640", "1280"}
    for width, wide in (("320", 320), ("640", 450), ("1280", 450)):
        for form in ("webp", "jpeg"):
            answer = tenant.owner.get(shown["variants"][width], params={"format": form})
            assert answer.headers["content-type"] == f"image/{form}"
            with Image.open(io.BytesIO(answer.content)) as picture:
                assert (picture.format, picture.width, picture.height) == (form.upper(), wide, wide * 2)
                assert not picture.getexif()
            again = tenant.owner.get(
                f"{path}/variants/{width}?format={form}", headers={"If-None-Match": answer.headers["etag"]}
            )
            assert again.status_code == 304
    assert tenant.owner.get(stored["url"]).content == content
    assert tenant.owner.get(f"{path}/variants/321").status_code == 422
    assert tenant.sign_up().get(shown["variants"]["320"]).status_code == 404
    text = made(send(tenant.owner, "a.txt", b"hello"))
    assert tenant.owner.get(f"{FILES}/{text['id']}/variants/320").json()["code"] == "core.no_such_variant"
    link = made(tenant.owner.post(f"{path}/links", json={}), 200)["url"]
    assert tenant.running.client.get(link.replace("/content?", "/variants/320?")).status_code == 200


def test_a_broken_picture_fails_quietly(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: a picture that cannot be unpacked has no variants, and says so; the file stays."""
    stored = made(send(tenant.owner, "a.png", drawn()[:3000]))
    path = f"{FILES}/{stored['id']}"
    eventually(lambda: tenant.owner.get(path).json()["variants_status"] == "failed")
    assert tenant.owner.get(stored["url"]).status_code == 200


def test_people_have_pictures(
    running: Running, tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any]
) -> None:
    """P-16: a picture is cut to squares and made anew, nothing of the original is kept, and the next replaces it."""
    ada = tenant.sign_up()
    shown = f"/v1/core/accounts/{ada.account_id}/avatar"
    assert ada.get(AVATAR).json() == {"status": "none", "urls": {}}
    assert tenant.visitor.get(shown).status_code == 404
    for _ in range(2):
        assert made(ada.put(AVATAR, files={"file": ("me.jpg", with_words())}), 202)["status"] == "processing"
        told = eventually(lambda: (each := ada.get(AVATAR).json())["status"] == "ready" and each)
    assert set(told["urls"]) == {"64", "128", "256", "512"}
    eventually(lambda: len(objects_of(running, tenant)) == 4)
    for width, url in told["urls"].items():
        answer = tenant.visitor.get(url)
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("WEBP", (int(width), int(width)))
            assert not picture.getexif()
    assert not any(
        b"Ada's camera" in path.read_bytes() for path in (running.settings.home / "files" / tenant.id).rglob("*w*")
    )
    assert other_tenant.visitor.get(shown).status_code == 404
    assert tenant.visitor.get(f"/v1/core/accounts/{new_id()}/avatar").status_code == 404
    assert ada.get(FILES).json()["items"] == []
    assert [ada.delete(AVATAR).status_code for _ in range(2)] == [204, 204]
    assert tenant.visitor.get(shown).status_code == 404
    eventually(lambda: objects_of(running, tenant) == [])


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (SVG, 415, "core.active_picture"), (PDF, 415, "core.not_a_picture"), (b"hello", 415, "core.not_a_picture"),
        (b"", 422, "core.empty_file"), (drawn("GIF") + bytes(21 * 1024 * 1024), 413, "core.picture_too_large"),
    ],
)  # fmt: skip
def test_other_files_are_no_pictures(tenant: Tenant, content: bytes, status: int, code: str) -> None:
    """P-16: what is no picture by its content, or too large, is refused."""
    answer = tenant.owner.put(AVATAR, files={"file": ("me", content)})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert tenant.owner.put(AVATAR, json={}).status_code == 415
    assert tenant.owner.get(AVATAR).json()["status"] == "none"
