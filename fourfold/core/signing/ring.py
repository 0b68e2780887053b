"""The key ring of a process: the keys that sign and verify access tokens, which are kept sealed in the database."""

import base64
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import OKPAlgorithm

from fourfold.core.signing import queries, tables
from fourfold.core.signing.rules import signer_at
from fourfold.ground.db import transaction
from fourfold.ground.house import House

NONCE = 12
# What `Changes` is told when keys come or go.
SUBJECT = "keys"
# Made-up key ids do not make the database busy.
ASKED_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair; `id` is the thumbprint of its public half."""

    id: str
    private: Ed25519PrivateKey
    public_jwk: dict[str, Any]

    @property
    def public(self) -> Ed25519PublicKey:
        """The half that verifies."""
        return self.private.public_key()


class KeyRing:
    """The keys of this deployment: the latest whose time has come signs, all that are not retired verify."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._keys: dict[str, SigningKey] = {}
        self._signs_from: dict[str, datetime] = {}
        self._turn = -1
        self._asked = 0.0

    async def load(self) -> None:
        """Reads the keys; makes the first one when there is none."""
        turn = self._house.changes.turn(SUBJECT)
        async with transaction(self._house.pool, None) as db:
            rows = await queries.signing_keys(db)
            if not rows:
                await tables.lock_signing_keys(db)
                rows = await queries.signing_keys(db)
            if not rows:
                key, now = new_key(), self._house.clock.now()
                await tables.insert_signing_key(db, key.id, key.public_jwk, sealed(self._house, key), now, now)
                rows = await queries.signing_keys(db)
        known = self._keys
        self._keys = {row["id"]: known.get(row["id"]) or self._opened(row) for row in rows}
        self._signs_from = {row["id"]: row["signs_from"] for row in rows}
        self._turn = turn

    async def follow(self) -> None:
        """Reads the keys again if they have changed; costs a comparison if not."""
        if self._turn != self._house.changes.turn(SUBJECT):
            await self.load()

    async def signer(self) -> SigningKey:
        """The key that signs now."""
        await self.follow()
        return self._keys[signer_at(self._signs_from, self._house.clock.now())]

    async def with_id(self, key_id: str) -> SigningKey | None:
        """The key with the id, if it still verifies; asks the database for one that another process has just made."""
        await self.follow()
        found = self._keys.get(key_id)
        if found is None and time.monotonic() - self._asked > ASKED_EVERY:
            self._asked = time.monotonic()
            await self.load()
            found = self._keys.get(key_id)
        return found

    def verifies(self, key_id: str) -> bool:
        """Whether the key is still on the ring, as far as is known here."""
        return key_id in self._keys

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public halves, as a JWK set; a key that is to sign later is among them."""
        await self.follow()
        return {"keys": [key.public_jwk for key in self._keys.values()]}

    def _opened(self, row: Any) -> SigningKey:
        kept = bytes(row["sealed_private"])
        raw = _unwrapped(self._house, kept, row["id"].encode())
        return SigningKey(row["id"], Ed25519PrivateKey.from_private_bytes(raw), row["public_jwk"])


def _ciphers(house: House) -> list[AESGCM]:
    return [AESGCM(hashlib.sha256(b"signing keys\x00" + secret).digest()) for secret in house.settings.known_secrets]


def _unwrapped(house: House, kept: bytes, bound_to: bytes) -> bytes:
    *earlier, last = _ciphers(house)
    for cipher in earlier:
        with suppress(InvalidTag):
            return cipher.decrypt(kept[:NONCE], kept[NONCE:], bound_to)
    return last.decrypt(kept[:NONCE], kept[NONCE:], bound_to)


def sealed(house: House, key: SigningKey) -> bytes:
    """The private half as it is kept."""
    raw = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    nonce = hashlib.sha256(b"nonce\x00" + raw).digest()[:NONCE]
    return nonce + _ciphers(house)[0].encrypt(nonce, raw, key.id.encode())


def new_key() -> SigningKey:
    """A fresh key pair."""
    private = Ed25519PrivateKey.generate()
    jwk: dict[str, Any] = orjson.loads(OKPAlgorithm.to_jwk(private.public_key()))
    # RFC 7638: the thumbprint is over the required members in alphabetical order, without spaces.
    required = orjson.dumps({"crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"]})
    key_id = base64.urlsafe_b64encode(hashlib.sha256(required).digest()).decode().rstrip("=")
    return SigningKey(key_id, private, {**jwk, "kid": key_id, "use": "sig", "alg": "EdDSA"})
