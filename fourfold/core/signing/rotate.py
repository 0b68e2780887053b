"""Signing keys are rotated: the next one is published before it signs, the last one verifies until its tokens end."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fourfold.core.signing import queries, tables
from fourfold.core.signing.ring import SUBJECT, KeyRing, new_key, sealed
from fourfold.core.signing.rules import is_due, outlived
from fourfold.ground.db import AWAY, Connection, transaction
from fourfold.ground.house import House
from fourfold.ground.refusals import Unavailable

# Whoever keeps a copy of the public keys has this long to see the next one; the copy may be kept half as long.
OVERLAP = timedelta(minutes=10)
JWKS_SECONDS = 300
LOOKED_AFTER = 600.0


@dataclass(frozen=True, slots=True)
class Rotated:
    """The next key, from when it signs, and the keys that are done with."""

    id: str
    signs_from: datetime
    retired: list[str]


async def rotate_keys(house: House, overlap: timedelta = OVERLAP, *, compromised: bool = False) -> Rotated:
    """Publishes a new key, which signs after the overlap, and retires those whose last token has ended.

    `compromised` is for a key that somebody else may have: the new one signs at once, and all others are retired, so
    that each access token is refused and has to be refreshed.
    """
    now = house.clock.now()
    signs_from = now if compromised else now + overlap
    async with transaction(house.pool, None) as db:
        await tables.lock_signing_keys(db)
        known = await _signs_from(db)
        key = new_key()
        await tables.insert_signing_key(db, key.id, key.public_jwk, sealed(house, key), now, signs_from)
        retired = list(known) if compromised else outlived(known, now)
        await tables.retire_signing_keys(db, retired, now)
        await house.changes.tell(db, SUBJECT, now)
    return Rotated(key.id, signs_from, retired)


async def look_after_keys(house: House) -> None:
    """Rotates when the newest key has signed for its days, and retires what is done with; many may do so at once."""
    now, days = house.clock.now(), house.settings.signing_key_days
    async with transaction(house.pool, None) as db:
        known = await _signs_from(db)
        if not is_due(known, now, days) and not outlived(known, now):
            return
        await tables.lock_signing_keys(db)
        known = await _signs_from(db)
        if is_due(known, now, days):
            key = new_key()
            await tables.insert_signing_key(db, key.id, key.public_jwk, sealed(house, key), now, now + OVERLAP)
        await tables.retire_signing_keys(db, outlived(known, now), now)
        await house.changes.tell(db, SUBJECT, now)


async def keep_turning(house: House, ring: KeyRing) -> None:
    """Looks after the keys now and every ten minutes, until cancelled."""
    while True:
        with suppress(*AWAY, TimeoutError, Unavailable):
            await look_after_keys(house)
            await ring.follow()
        await asyncio.sleep(LOOKED_AFTER)


async def _signs_from(db: Connection) -> dict[str, datetime]:
    return {row["id"]: row["signs_from"] for row in await queries.signing_keys(db)}
