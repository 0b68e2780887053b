"""Pictures of products: taken by their content, made smaller, served in parts, described, removed."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from fourfold.commerce.catalog.shapes import PictureShape
from fourfold.commerce.images.rules import WIDTHS
from fourfold.ground.pictures import Picture, picture_in
from fourfold.ground.ranges import span_of
from fourfold.ground.shrink import Unreadable, shrink
from tests.builders.commerce import a_product, made
from tests.conftest import Caller, Tenant

PRODUCTS = "/v1/commerce/products"
ORIENTATION = 0x0112


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (1000, 500), **rest: Any) -> bytes:
    """The bytes of a picture."""
    file = BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(file, kind, **rest)
    return file.getvalue()


def upload(caller: Caller, product: dict[str, Any], content: bytes, **form: str) -> httpx.Response:
    """Sends a file as a picture of the product; its name and type lie."""
    return caller.post(
        f"{PRODUCTS}/{product['id']}/images", files={"file": ("x.txt", content, "text/plain")}, data=form
    )


def images_of(tenant: Tenant, product: dict[str, Any]) -> list[dict[str, Any]]:
    """The pictures that the product shows."""
    images: list[dict[str, Any]] = tenant.visitor.get(f"{PRODUCTS}/{product['id']}").json()["images"]
    return images


def test_a_picture_is_made_smaller_and_served(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-02: three widths of WebP without the camera's words, upright, cacheable, and the first is the list's."""
    product = a_product(tenant.owner)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    taken = upload(tenant.owner, product, a_picture(exif=exif), alt="A thing from above")
    PictureShape.model_validate_json(taken.content)
    body = made(taken)
    assert (body["status"], body["alt"], body["url"]) == ("processing", "A thing from above", None)
    (image,) = eventually(lambda: [each for each in images_of(tenant, product) if each["status"] == "done"])
    assert set(image["sizes"]) == {"320", "800", "1600"}
    served = tenant.running.client.get(image["sizes"]["320"])
    assert served.headers["content-type"] == "image/webp"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in served.headers["cache-control"]
    with Image.open(BytesIO(served.content)) as small:
        assert (small.width, small.height) == (320, 640)
        assert not small.getexif()
    assert tenant.visitor.get(PRODUCTS).json()["items"][0]["image_url"] == image["url"] == image["sizes"]["320"]
    again = tenant.visitor.get(image["url"], headers={"If-None-Match": served.headers["etag"]})
    assert again.status_code == 304


def test_a_part_of_a_picture(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """P-28: ranges are served, and one beyond the end is refused."""
    product = a_product(tenant.owner)
    made(upload(tenant.owner, product, a_picture("PNG")))
    (image,) = eventually(lambda: [each for each in images_of(tenant, product) if each["status"] == "done"])
    whole = tenant.visitor.get(image["url"]).content
    part = tenant.visitor.get(image["url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert tenant.visitor.get(image["url"], headers={"Range": "bytes=-5"}).content == whole[-5:]
    beyond = tenant.visitor.get(image["url"], headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")


def test_pictures_have_an_order(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-02: a picture that is put first is the product's picture; one that is removed is gone with its files."""
    product = a_product(tenant.owner)
    first, second = (made(upload(tenant.owner, product, a_picture(size=(50, 50))))["id"] for _ in range(2))
    eventually(lambda: all(each["status"] == "done" for each in images_of(tenant, product)))
    path = f"{PRODUCTS}/{product['id']}/images"
    variant = product["variants"][0]["id"]
    edited = made(tenant.owner.patch(f"{path}/{second}", json={"position": 1, "alt": "B", "variant_id": variant}), 200)
    assert (edited["position"], edited["alt"], edited["variant_id"]) == (1, "B", variant)
    assert [each["id"] for each in images_of(tenant, product)] == [second, first]
    assert second in tenant.visitor.get(PRODUCTS).json()["items"][0]["image_url"]
    address = images_of(tenant, product)[0]["url"]
    assert tenant.owner.delete(f"{path}/{second}").status_code == 204
    assert tenant.visitor.get(address).status_code == 404
    assert tenant.owner.delete(f"{path}/{second}").json()["code"] == "commerce.no_such_image"
    assert first in tenant.visitor.get(PRODUCTS).json()["items"][0]["image_url"]
    for bad in ({"position": 0}, {"alt": "x" * 513}, {"variant_id": str(uuid4())}, {"colour": 1}):
        assert tenant.owner.patch(f"{path}/{first}", json=bad).status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "commerce.not_a_picture"),
        (b"hello", 422, "commerce.not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 422, "commerce.not_a_picture"),
        (b"%PDF-1.7", 422, "commerce.not_a_picture"),
        (a_picture("PNG", (1, 1))[:16] + (60_000).to_bytes(4) * 2, 413, "commerce.picture_too_large"),
        (a_picture("BMP", (2, 2)), 422, "commerce.not_a_picture"),
        (b"\xff\xd8\xff" + b"\x00" * (20 * 2**20), 413, "commerce.picture_too_large"),
    ],
    # Not by their contents: noise has other bytes in each process that collects the tests.
    ids=["nothing", "text", "svg", "pdf", "bomb", "bmp", "large"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(tenant: Tenant, content: bytes, status: int, code: str) -> None:
    """P-28: the content decides, not the name; bombs are refused before anybody unpacks them."""
    refused = upload(tenant.owner, a_product(tenant.owner), content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_broken_picture_fails(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-02: a file that only begins like a picture is shown as failed, and never in the shop."""
    product = a_product(tenant.owner)
    made(upload(tenant.owner, product, a_picture("PNG")[:60]))
    (image,) = eventually(lambda: [each for each in images_of(tenant, product) if each["status"] == "failed"])
    assert image["url"] is None
    assert tenant.visitor.get(PRODUCTS).json()["items"][0]["image_url"] is None


def test_nobody_else_touches_them(tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-02: another vendor, another tenant and a visitor neither add nor change pictures."""
    product = a_product(tenant.sign_up("vendor"))
    image = made(upload(tenant.owner, product, a_picture(size=(9, 9))))["id"]
    path = f"{PRODUCTS}/{product['id']}/images/{image}"
    for stranger in (tenant.sign_up("vendor"), other_tenant.owner):
        assert upload(stranger, product, a_picture(size=(9, 9))).status_code == 404
        assert stranger.patch(path, json={"alt": "Mine"}).status_code == 404
        assert stranger.delete(path).status_code == 404
    assert upload(tenant.visitor, product, a_picture(size=(9, 9))).status_code == 401
    assert upload(tenant.sign_up(), product, a_picture(size=(9, 9))).status_code == 403
    (shown,) = eventually(lambda: [each for each in images_of(tenant, product) if each["status"] == "done"])
    assert other_tenant.visitor.get(shown["url"]).json()["code"] == "commerce.no_such_image"
    assert tenant.visitor.get(f"/v1/commerce/images/{uuid4()}/320").status_code == 404
    assert tenant.visitor.get(f"/v1/commerce/images/{image}/321").status_code == 422


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (30, 7), (1700, 3)])
def test_the_size_is_read_from_the_head(kind: str, size: tuple[int, int]) -> None:
    """C-02: every kind that is taken tells its size in its first bytes."""
    assert picture_in(a_picture(kind, size)) == Picture(f"image/{kind.lower()}", *size)
    assert picture_in(a_picture(kind, size)[:8]) is None


@pytest.mark.parametrize(
    "extra", [{"lossless": True}, {"quality": 50}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}]
)
def test_all_webp_kinds(extra: dict[str, Any]) -> None:
    """C-02: lossy, lossless and extended WebP."""
    assert picture_in(a_picture("WEBP", (33, 44), **extra)) == Picture("image/webp", 33, 44)


def test_any_bytes_are_no_picture() -> None:
    """C-02: cut or garbled heads are refused and not stumbled over."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        content = a_picture(kind, (20, 20))
        for length in range(0, len(content), 3):
            picture_in(content[:length])
        with pytest.raises(Unreadable):
            shrink(content[: len(content) // 3], WIDTHS)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 0)), ("bytes=5-", (5, 9)), ("bytes=0-99", (0, 9)), ("bytes=-3", (7, 9)),
        ("bytes=-99", (0, 9)),
        ("bytes=10-", None), ("bytes=5-4", None), ("bytes=-0", None), ("bytes=-", None), ("lines=1-2", None),
        ("bytes=a-b", None), ("bytes", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_spans(header: str | None, span: tuple[int, int] | None) -> None:
    """P-28: what a Range header asks of ten bytes."""
    assert span_of(header, 10) == span
