"""Whether an API key is good: judged once, remembered for half a minute, and judged anew after each change."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

import asyncpg

from fourfold.core.access.queries import account_subject
from fourfold.core.access.tokens import BadToken
from fourfold.core.keys import queries, tables
from fourfold.core.keys.rules import ids_in, is_inside
from fourfold.ground.house import House
from fourfold.ground.refusals import Forbidden
from fourfold.ground.who import Who
from fourfold.ground.work import begin

# No process trusts what it has read of a key for longer, in seconds.
KNOWN_FOR = 30.0
KNOWN = 10_000


class BadKey(BadToken):
    """401: no key is like this."""

    code = "invalid_api_key"
    title = "The API key is not valid"


class KeyMistyped(BadKey):
    """401: the checksum does not fit; a character is wrong or missing."""

    code = "core.key_mistyped"
    title = "The API key is mistyped"


class KeyExpired(BadKey):
    """401: the key's time is over."""

    code = "core.key_expired"
    title = "The API key has expired"


class KeyDisabled(BadKey):
    """401: the key or its account is switched off."""

    code = "core.key_disabled"
    title = "The API key is disabled"


class KeyRevoked(BadKey):
    """401: the key was ended."""

    code = "core.key_revoked"
    title = "The API key has been revoked"


class KeyWrongEnvironment(BadKey):
    """401: a key for tests at a live deployment, or a live key elsewhere."""

    code = "core.key_wrong_environment"
    title = "The API key belongs to another environment"


class KeyOutsideNetwork(Forbidden):
    """403: the key is good, but not from this address."""

    code = "core.key_outside_network"
    title = "The API key may not be used from this address"


@dataclass(frozen=True, slots=True)
class JudgedKey:
    """A key that exists, and what is known of it."""

    id: UUID
    tenant_id: UUID
    tenant_slug: str
    account_id: UUID
    email: str
    active: bool
    roles: tuple[str, ...]
    scopes: frozenset[str]
    networks: tuple[str, ...]
    environment: str | None
    key_hash: bytes
    expires_at: datetime | None
    disabled: bool
    revoked: bool
    turns: tuple[int, int]
    until: float


class KeyVerdicts:
    """What this process knows of keys."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._environment = "live" if house.settings.env == "production" else "test"
        self._known: dict[UUID, JudgedKey] = {}

    async def judge(self, text: str, address: str) -> JudgedKey:
        """The key behind the text, if it is good here and now; raises what is wrong with it."""
        ids = ids_in(text)
        if ids is None:
            raise KeyMistyped
        tenant_id, key_id = ids
        digest = sha256(text.encode()).digest()
        key = self._known.get(key_id)
        if key is None or key.until < time.monotonic() or key.turns != self._turns(key_id, key.account_id):
            key = await self._read(tenant_id, key_id, digest)
        if key.tenant_id != tenant_id or not compare_digest(key.key_hash, digest):
            raise BadKey
        self._refuse(key, address)
        return key

    def _refuse(self, key: JudgedKey, address: str) -> None:
        if key.revoked:
            raise KeyRevoked
        if key.disabled or not key.active:
            raise KeyDisabled
        if key.expires_at is not None and key.expires_at <= self._house.clock.now():
            raise KeyExpired
        if key.environment not in {None, self._environment}:
            raise KeyWrongEnvironment(f"This deployment takes {self._environment} keys.")
        if not is_inside(address, key.networks):
            raise KeyOutsideNetwork

    def _turns(self, key_id: UUID, account_id: UUID) -> tuple[int, int]:
        turn = self._house.changes.turn
        return turn(queries.key_subject(key_id)), turn(account_subject(account_id))

    async def _read(self, tenant_id: UUID, key_id: UUID, digest: bytes) -> JudgedKey:
        known = self._known.get(key_id)
        if known is not None and known.turns == self._turns(key_id, known.account_id):
            # Only its time is over: while one request reads it again, the others go on with what is known.
            self._known[key_id] = replace(known, until=time.monotonic() + 1)
        async with begin(self._house, Who.system(tenant_id)) as work:
            # Whose key it is never changes, so what is told of its account since the first read is not missed.
            account_id = known.account_id if known else await queries.account_of_key(work.db, key_id)
            if account_id is None:
                raise BadKey
            turns = self._turns(key_id, account_id)
            row = await queries.key_to_judge(work.db, key_id)
            self._known.pop(key_id, None)
            if row is None:
                raise BadKey
            if compare_digest(bytes(row["key_hash"]), digest):
                await tables.touch_api_key(work.db, key_id, work.now)
        key = self._known[key_id] = _judged(row, turns)
        if len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return key


def _judged(row: asyncpg.Record, turns: tuple[int, int]) -> JudgedKey:
    return JudgedKey(
        id=row["id"],
        tenant_id=row["tenant_id"],
        tenant_slug=row["tenant_slug"],
        account_id=row["account_id"],
        email=row["email"],
        active=row["status"] == "active",
        roles=tuple(row["roles"]),
        scopes=frozenset(row["scopes"]),
        networks=tuple(row["networks"]),
        environment=row["environment"],
        key_hash=bytes(row["key_hash"]),
        expires_at=row["expires_at"],
        disabled=row["disabled_at"] is not None,
        revoked=row["revoked_at"] is not None,
        turns=turns,
        until=time.monotonic() + KNOWN_FOR,
    )
