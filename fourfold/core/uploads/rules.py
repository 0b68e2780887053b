"""Decisions about uploads: what their headers say (tus 1.0)."""

from base64 import b64decode
from typing import NamedTuple

TUS = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
# Part by part a file is put together again; more parts than this are a sign of something else than a bad line.
MOST_PARTS = 10_000
CHECKSUMS = ("sha256", "sha1")


class Described(NamedTuple):
    """What the sender says of a file."""

    name: str
    content_type: str
    public: bool


class Checksum(NamedTuple):
    """What the bytes of one request amount to."""

    algorithm: str
    digest: bytes


def described(metadata: str) -> Described | None:
    """What an `Upload-Metadata` header says: `filename`, `filetype`, `public`; None when it cannot be read."""
    found: dict[str, str] = {}
    for pair in metadata.split(",") if metadata.strip() else []:
        name, _, value = pair.strip().partition(" ")
        text = _text(value.strip())
        if not name or text is None or name in found:
            return None
        found[name] = text
    public = found.get("public", "false")
    if "filename" not in found or public not in {"true", "false"}:
        return None
    return Described(found["filename"], found.get("filetype", ""), public == "true")


def checksum_in(header: str) -> Checksum | None:
    """What an `Upload-Checksum` header says; None when it cannot be read or is of another kind."""
    algorithm, _, value = header.strip().partition(" ")
    digest = _bytes(value.strip())
    return Checksum(algorithm, digest) if algorithm in CHECKSUMS and digest else None


def _text(value: str) -> str | None:
    raw = _bytes(value)
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError:
        return None


def _bytes(value: str) -> bytes | None:
    try:
        return b64decode(value, validate=True)
    except ValueError:
        return None
