"""The audit log's entries: who did what on what, written in the transaction of its effect, each with a MAC of its own.

An entry's `body` is canonical JSON (sorted keys, no spaces, UTF-8, as RFC 8785) and names persons by ids only. The
caller's address stands beside it, with only its salted digest inside, so that it can be forgotten while everything else
stays provable.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from fourfold.ground.closing import calling
from fourfold.ground.db import Connection, transaction
from fourfold.ground.ids import new_id
from fourfold.ground.redaction import shown, shown_text
from fourfold.ground.who import Who

if TYPE_CHECKING:
    from fourfold.ground.house import House

KEEP_ENTRIES = "core.keep_entries"
VERSION = 1
SALT = 16
LONGEST_DETAILS = 16_384
LONGEST_TARGET = 200
CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What an act tells of itself: `core.roles.granted` on `account:<id>`, and how it was before and after.

    Without an action it is about what the request asked for.
    """

    action: str
    target: str
    before: Any = None
    after: Any = None


@dataclass(slots=True)
class Asked:
    """A request that may change something, as the door knows it; `is_kept` once its entry is committed."""

    action: str
    target: str = ""
    permission: str | None = None
    within: Sequence[str] = ()
    status: int = 0
    made: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `done`, `denied` or `failed`, by which refusal, and how often when several are told of as one."""

    name: str = "done"
    reason: str = ""
    count: int = 1


DONE = Outcome()

Row = tuple[UUID, UUID | None, str, str, str, bytes, str | None, bytes | None]


@dataclass(slots=True)
class Scribe:
    """Writes entries; its key is derived from the deployment's secret, so whoever has only the database forges none.

    The first of the `secrets` is for new entries; those that were written with an earlier one are still known.
    """

    secrets: Sequence[bytes] = field(repr=False)
    keys: Sequence[bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Derives the keys."""
        self.keys = [hmac.digest(each, b"fourfold audit entries", hashlib.sha256) for each in self.secrets]

    def mac_of(self, body: str) -> bytes:
        """HMAC-SHA-256 over the canonical JSON."""
        return hmac.digest(self.keys[0], body.encode(), hashlib.sha256)

    def knows(self, body: str, mac: bytes) -> bool:
        """Whether the MAC was made here, now or with an earlier secret."""
        told = body.encode()
        return any(hmac.compare_digest(mac, hmac.digest(key, told, hashlib.sha256)) for key in self.keys)

    def entry(
        self, who: Who, at: datetime, note: AuditNote, asked: Asked | None = None, outcome: Outcome = DONE
    ) -> Row:
        """The row of an entry: id, actor, action, target, body, MAC, address and the salt of its digest."""
        entry_id = new_id()
        action = note.action or (asked.action if asked else "")
        told = note.target if note.action or asked is None else asked.target
        body: dict[str, Any] = {
            "v": VERSION,
            "id": entry_id,
            "tenant_id": who.tenant_id,
            "at": at,
            "actor": _actor(who),
            "action": action,
            "outcome": outcome.name,
            "request_id": who.request_id,
        }
        target = shown_text("", told)[:LONGEST_TARGET].replace("\0", "")
        if target:
            body["target"] = target
        if asked is not None:
            _add_request(body, asked, action)
        if outcome.reason:
            body["reason"] = outcome.reason
        if outcome.count > 1:
            body["count"] = outcome.count
        if note.before is not None or note.after is not None:
            _add_details(body, note, about_account=target.startswith("account:"))
        address, salt = who.address or None, None
        if address is not None:
            salt = os.urandom(SALT)
            body["origin"] = origin_of(salt, address)
        text = orjson.dumps(body, default=str, option=CANONICAL).decode()
        return entry_id, who.account_id, action, target, text, self.mac_of(text), address, salt


def origin_of(salt: bytes, address: str) -> str:
    """The digest by which an entry knows its address; without the salt it tells nothing."""
    return hashlib.sha256(salt + address.encode()).hexdigest()


def _actor(who: Who) -> dict[str, Any]:
    actor: dict[str, Any] = {"kind": who.kind}
    if who.account_id is not None:
        actor["id"] = who.account_id
    if who.session_id is not None:
        actor["session"] = who.session_id
    if who.key_id is not None:
        actor["key"] = who.key_id
    return actor


def _add_request(body: dict[str, Any], asked: Asked, action: str) -> None:
    if asked.action != action:
        body["route"] = asked.action
    if asked.permission is not None:
        body["permission"] = asked.permission
    if asked.within:
        body["within"] = asked.within
    if asked.status:
        body["status"] = asked.status
    if asked.made:
        body["made"] = asked.made


def _add_details(body: dict[str, Any], note: AuditNote, *, about_account: bool) -> None:
    for name, value in (("before", note.before), ("after", note.after)):
        if value is None:
            continue
        details = shown(value)
        if about_account and isinstance(details, Mapping) and "name" in details:
            details = {**details, "name": "[personal]"}
        size = len(orjson.dumps(details, default=str))
        body[name] = details if size <= LONGEST_DETAILS else {"omitted_bytes": size}


def entries_told(tenant_id: UUID, at: datetime, rows: Sequence[Row]) -> str:
    """The statement that adds entries."""
    return calling(KEEP_ENTRIES, entry_rows(tenant_id, at, rows))


def entry_rows(tenant_id: UUID, at: datetime, rows: Sequence[Row]) -> dict[str, Any]:
    """Entries as `core.keep_entries` takes them."""
    entries = [
        {
            "id": entry_id,
            "actor": actor,
            "action": action,
            "target": target,
            "body": body,
            "mac": mac.hex(),
            "address": address,
            "salt": salt.hex() if salt else None,
        }
        for entry_id, actor, action, target, body, mac, address, salt in rows
    ]
    return {"tenant_id": tenant_id, "at": at, "entries": entries}


async def keep(db: Connection, tenant_id: UUID, at: datetime, rows: Sequence[Row]) -> None:
    """Adds entries in the caller's transaction."""
    await db.execute(entries_told(tenant_id, at, rows))


async def record_security_event(
    house: "House",
    who: Who,
    action: str,
    target: str = "",
    *,
    outcome: str = "done",
    reason: str = "",
    after: Any = None,
) -> None:
    """Adds an entry in a transaction of its own: for what is no change in itself, such as signing in or an export.

    `outcome` is `done`, `denied` or `failed`; what was denied or failed is kept only so often a minute, with a count.
    """
    note, end = AuditNote(action, target, None, after), Outcome(outcome, reason)
    if outcome != "done":
        house.denials.tell(who, note, end)
        return
    now = house.clock.now()
    async with transaction(house.pool, who.tenant_id) as db:
        await keep(db, who.tenant_id, now, [house.scribe.entry(who, now, note, None, end)])
