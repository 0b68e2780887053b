"""Pictures and videos of posts: files of every kind, made byte by byte or drawn, and what comes of them."""

import io
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.conftest import Caller, Tenant

MEDIA_HERE = "/v1/social/media"
FFMPEG = shutil.which("ffmpeg")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), colour: str = "navy", **rest: Any) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **rest)
    return file.getvalue()


def photograph(size: tuple[int, int] = (900, 600)) -> bytes:
    """A picture that lies on its side, and tells with which camera and where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Ada's camera"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, "JPEG", exif=exif)
    return file.getvalue()


def box(name: bytes, *inside: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + name + body


def track(handler: bytes, width: int = 0, height: int = 0) -> bytes:
    """A track of an MP4: `vide` is moving pictures, `soun` sound."""
    header = box(b"tkhd", bytes(76), struct.pack(">II", width << 16, height << 16))
    return box(b"trak", header, box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12))))


def mp4(
    seconds: float = 10, size: tuple[int, int] = (640, 360), filling: int = 5000, *, kind: bytes = b"vide"
) -> bytes:
    """An MP4 that describes a video, at its end; there are no pictures in it that could be shown."""
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, int(seconds * 1000)), bytes(80))
    film = box(b"moov", header, track(b"soun"), track(kind, *size))
    content = bytes(at * 7 % 256 for at in range(filling))
    return box(b"ftyp", b"isom", bytes(4), b"isommp42") + box(b"mdat", content) + film


def element(name: int, *inside: bytes) -> bytes:
    """An element of a WebM."""
    body = b"".join(inside)
    told = struct.pack(">Q", len(body) | 1 << 56)
    return name.to_bytes((name.bit_length() + 7) // 8) + told + body


def webm(seconds: float | None = 10, size: tuple[int, int] = (640, 360)) -> bytes:
    """A WebM that describes a video, perhaps without its length."""
    length = [element(0x4489, struct.pack(">d", seconds * 1000))] if seconds is not None else []
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)), *length)
    sizes = [element(name, value.to_bytes(2)) for name, value in zip((0xB0, 0xBA), size, strict=True)]
    tracks = element(0x1654AE6B, element(0xAE, element(0x83, b"\x01"), element(0xE0, *sizes)))
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + element(0x18538067, info, tracks, element(0x1F43B675, bytes(100)))


def filmed(folder: Path, *words: str, name: str = "film.mp4") -> bytes:
    """A real video that ffmpeg makes of its own test pictures, as these words of it say."""
    target = folder / name
    subprocess.run([str(FFMPEG), "-v", "fatal", "-y", *words, str(target)], check=True)
    return target.read_bytes()


def sent(caller: Caller, content: bytes, name: str = "file.bin") -> str:
    """A file of the caller's, whatever it is called; gives its id."""
    answer = caller.post("/v1/core/files", files={"file": (name, content, "application/octet-stream")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def settled(caller: Caller, file_id: str, seconds: float = 120) -> dict[str, Any]:
    """A picture or video once nothing is made of it any more; whoever makes a film lets all others go first."""
    deadline = time.monotonic() + seconds
    while True:
        answer = caller.get(f"{MEDIA_HERE}/{file_id}")
        assert answer.status_code == 200, answer.text
        if answer.json()["state"] in {"ready", "failed"}:
            return dict(answer.json())
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def prepared(caller: Caller, content: bytes, alt: str = "") -> dict[str, Any]:
    """A picture or video of the caller's, ready for posts or failed."""
    answer = caller.post(MEDIA_HERE, json={"file_id": sent(caller, content), "alt": alt})
    assert answer.status_code == 202, answer.text
    return settled(caller, answer.json()["id"])


def stored_media(tenant: Tenant) -> list[str]:
    """The names of all objects that are stored for the tenant's media."""
    top = tenant.running.settings.home / "files" / tenant.id / "social" / "media"
    return sorted(path.name for path in top.rglob("*") if path.is_file())


def a_medium(tenant: Tenant) -> dict[str, str]:
    """A picture of the owner's that is ready for posts."""
    return {"media.file_id": str(prepared(tenant.owner, picture())["id"])}
