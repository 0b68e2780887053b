"""Sealing: fields that are unreadable in the database and in backups, each tied to its tenant, place and row."""

import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fourfold.ground import data_keys
from fourfold.ground.changes import Changes
from fourfold.ground.clock import Clock
from fourfold.ground.db import Connection
from fourfold.ground.given_keys import keys_in
from fourfold.ground.logs import log
from fourfold.ground.refusals import Conflict
from fourfold.ground.settings import Settings
from fourfold.ground.wrapping import CannotUnwrap, Wrapping, derived

VERSION = b"\x01"
ID = 16
NONCE = 12
HEAD = len(VERSION) + ID
# Unwrapped keys stay in a process this long (seconds), of so many tenants.
KEPT_FOR = 60.0
KEPT = 2000
# Marks of changes come up to a second late.
LATE = 1.0

_log = log("fourfold.sealing")


class Unreadable(Conflict):
    """409: the seal does not open: it was damaged, moved from elsewhere, or its key is gone."""

    code = "sealed_field_unreadable"
    title = "What is kept here cannot be read"


class UnknownPlace(LookupError):
    """A field is to be sealed that no service lists, so a change of keys would not find it."""


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A column that holds sealed fields: `place` is the name that its seals are tied to, `row_column` holds the ids."""

    table: str
    column: str
    row_column: str
    place: str


@dataclass(slots=True)
class _Known:
    until: float
    loaded_at: float
    ciphers: dict[UUID, AESGCM] = field(default_factory=dict)
    current: UUID | None = None
    root: bytes | None = None


class Sealer:
    """Seals and opens fields with the tenants' data keys. A seal is version | key id | nonce | AES-256-GCM."""

    def __init__(self, settings: Settings, changes: Changes, clock: Clock) -> None:
        """No place is known yet: whoever opens the house lists `places`."""
        self.wrapping = wrapping_of(settings)
        self.places: dict[str, SealedPlace] = {}
        self._changes = changes
        self._clock = clock
        self._known: dict[UUID, _Known] = {}

    def list_places(self, places: Sequence[SealedPlace]) -> None:
        """Says which columns hold sealed fields."""
        self.places = {each.place: each for each in places}

    async def seal(self, db: Connection, tenant_id: UUID, place: str, row: UUID, plain: bytes) -> bytes:
        """The sealed bytes, which open only for the same tenant, place and row."""
        if place not in self.places:
            raise UnknownPlace(place)
        known = await self._keys(db, tenant_id)
        if known.current is None:
            known = await self._with_new_key(db, tenant_id, data_keys.SEAL)
        if known.current is None:
            raise Unreadable
        head, nonce = VERSION + known.current.bytes, os.urandom(NONCE)
        return head + nonce + known.ciphers[known.current].encrypt(nonce, plain, _tie(head, tenant_id, place, row))

    async def open(self, db: Connection, tenant_id: UUID, place: str, row: UUID, sealed: bytes) -> bytes:
        """What was sealed; raises `Unreadable`."""
        head, nonce, text = sealed[:HEAD], sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :]
        try:
            cipher = await self._cipher(db, tenant_id, key_of(sealed))
            return cipher.decrypt(nonce, text, _tie(head, tenant_id, place, row))
        except (InvalidTag, ValueError, KeyError) as problem:
            _log.error("a seal does not open", tenant=str(tenant_id), place=place, row=str(row), reason=repr(problem))
            raise Unreadable from problem

    async def blind(self, db: Connection, tenant_id: UUID, place: str, value: str) -> bytes:
        """32 bytes by which equal values of a place are found; they tell nothing without the tenant's key.

        The caller brings the value into one form first. The key never changes, so neither do the bytes.
        """
        known = await self._keys(db, tenant_id)
        if known.root is None:
            # The first one may have been made since.
            known = await self._load(db, tenant_id)
        if known.root is None:
            if await db.fetchval("SHOW transaction_read_only") == "on":
                # Nothing has been kept that could be found, and nothing can be written here.
                return os.urandom(32)
            known = await self._with_new_key(db, tenant_id, data_keys.FIND)
        if known.root is None:
            raise Unreadable
        return hmac.digest(derived(known.root, f"find {place}"), value.encode(), hashlib.sha256)

    async def rotate(self, db: Connection, tenant_id: UUID) -> UUID | None:
        """Makes a new key, which writes at once in all processes; its id, None when somebody else just did."""
        now = self._clock.now()
        had_one = any(key["replaced_at"] is None for key in await data_keys.sealing_keys(db, tenant_id))
        if had_one and not await data_keys.replace_key(db, tenant_id, now):
            return None
        key_id = await data_keys.add_key(db, self.wrapping, tenant_id, data_keys.SEAL, now)
        if key_id is None and not had_one and await data_keys.replace_key(db, tenant_id, now):
            # The tenant's first field was sealed in between: its key is the one to be replaced.
            key_id = await data_keys.add_key(db, self.wrapping, tenant_id, data_keys.SEAL, now)
        await self.tell(db, tenant_id)
        return key_id

    async def shred(self, db: Connection, tenant_id: UUID) -> int:
        """Destroys the tenant's keys, and with them everything that is sealed, backups' rows not included."""
        destroyed = await data_keys.destroy_keys(db, tenant_id)
        await self.tell(db, tenant_id)
        return destroyed

    async def refresh(self, db: Connection, tenant_id: UUID) -> None:
        """Reads the tenant's keys now, for whoever must not seal with one that was replaced a moment ago."""
        await self._load(db, tenant_id)

    async def tell(self, db: Connection, tenant_id: UUID) -> None:
        """Makes every process read the tenant's keys again."""
        await self._changes.tell(db, _subject(tenant_id), self._clock.now())
        self._known.pop(tenant_id, None)

    async def _cipher(self, db: Connection, tenant_id: UUID, key_id: UUID) -> AESGCM:
        known = await self._keys(db, tenant_id)
        if key_id not in known.ciphers:
            # Another process may have made it since.
            known = await self._load(db, tenant_id)
        return known.ciphers[key_id]

    async def _with_new_key(self, db: Connection, tenant_id: UUID, purpose: str) -> _Known:
        # A failed load may have been a moment ago: a key that others have made in between is found as well.
        await data_keys.add_key(db, self.wrapping, tenant_id, purpose, self._clock.now())
        return await self._load(db, tenant_id)

    async def _keys(self, db: Connection, tenant_id: UUID) -> _Known:
        known = self._known.get(tenant_id)
        if known is None or known.until < time.monotonic():
            return await self._load(db, tenant_id)
        if known.loaded_at <= self._changes.last(_subject(tenant_id)) + LATE:
            return await self._load(db, tenant_id)
        return known

    async def _load(self, db: Connection, tenant_id: UUID) -> _Known:
        known = _Known(time.monotonic() + KEPT_FOR, self._clock.now().timestamp())
        try:
            keys = await data_keys.usable_keys(db, self.wrapping, tenant_id)
        except CannotUnwrap as problem:
            _log.error("a data key cannot be unwrapped", tenant=str(tenant_id), reason=str(problem))
            raise Unreadable from problem
        for key in keys:
            if key.purpose == data_keys.FIND:
                known.root = key.secret
                continue
            known.ciphers[key.id] = AESGCM(key.secret)
            known.current = key.id if key.current else known.current
        # A key of an open transaction may yet be rolled back: what others sealed with it from memory would be lost.
        if all(key.settled for key in keys):
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[tenant_id] = known
        return known


def wrapping_of(settings: Settings) -> Wrapping:
    """The deployment's key-encryption keys; development needs none set, and may begin to set one at any time."""
    keys = keys_in(settings.kek.get_secret_value()) if settings.kek is not None else []
    if settings.development:
        keys += [derived(secret, "fourfold key encryption") for secret in settings.known_secrets]
    return Wrapping(keys)


def key_of(sealed: bytes) -> UUID:
    """The id of the key that a seal was made with; raises ValueError for what is no seal."""
    if len(sealed) <= HEAD + NONCE or sealed[:1] != VERSION:
        reason = "these bytes are no seal"
        raise ValueError(reason)
    return UUID(bytes=bytes(sealed[1:HEAD]))


def _subject(tenant_id: UUID) -> str:
    return f"data-keys:{tenant_id}"


def _tie(head: bytes, tenant_id: UUID, place: str, row: UUID) -> bytes:
    return b"".join((b"fourfold\x00", head, tenant_id.bytes, row.bytes, place.encode()))
