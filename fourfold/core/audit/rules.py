"""What makes a chain whole: each link holds the digest of the one before it and of its entry's canonical JSON."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

START = bytes(32)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is kept: its columns, and the canonical JSON that they must agree with."""

    id: UUID
    at: datetime
    actor: UUID | None
    action: str
    target: str
    body: str
    mac: bytes
    address: str | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the chain; without an entry when that is gone."""

    seq: int
    prev: bytes
    hash: bytes
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and at which link."""

    seq: int
    reason: str


def hash_of(prev: bytes, body: str) -> bytes:
    """SHA-256 over the previous link's digest and the canonical JSON."""
    return hashlib.sha256(prev + body.encode()).digest()


def flaw_in_link(link: Link, seq: int, prev: bytes, is_ours: Callable[[str, bytes], bool]) -> Flaw | None:
    """What is wrong with a link that should be number `seq` and follow the digest `prev`."""
    if link.seq != seq or link.entry is None:
        return Flaw(seq, "removed")
    if link.prev != prev or link.hash != hash_of(link.prev, link.entry.body):
        return Flaw(seq, "changed")
    reason = flaw_in_entry(link.entry, is_ours)
    return Flaw(seq, reason) if reason else None


def flaw_in_entry(entry: Entry, is_ours: Callable[[str, bytes], bool]) -> str | None:
    """`forged` when the MAC is not this deployment's, `changed` when columns and body disagree."""
    if not is_ours(entry.body, entry.mac):
        return "forged"
    body: dict[str, Any] = orjson.loads(entry.body)
    told = (
        body["id"],
        datetime.fromisoformat(body["at"]),
        body["actor"].get("id"),
        body["action"],
        body.get("target", ""),
    )
    kept = (str(entry.id), entry.at, str(entry.actor) if entry.actor else None, entry.action, entry.target)
    if told != kept:
        return "changed"
    # An address that was forgotten leaves only its digest, which without the salt proves nothing and tells nothing.
    if entry.address is None or entry.salt is None:
        return None if entry.address is None and entry.salt is None else "changed"
    digest = hashlib.sha256(entry.salt + entry.address.encode()).hexdigest()
    return None if digest == body.get("origin") else "changed"
