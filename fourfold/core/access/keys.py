"""The keys that sign access tokens: made once, sealed in the database, published as a JWKS."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import OKPAlgorithm

from fourfold.core.access import queries, tables
from fourfold.ground.db import transaction
from fourfold.ground.house import House

NONCE = 12


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair; `id` is the thumbprint of its public half."""

    id: str
    private: Ed25519PrivateKey
    public_jwk: dict[str, Any]


class KeyRing:
    """The keys of this deployment: the newest signs, all that are not retired verify."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._keys: dict[str, SigningKey] = {}
        self._newest = ""

    async def load(self) -> None:
        """Reads the keys; makes the first one when there is none."""
        async with transaction(self._house.pool, None) as db:
            rows = await queries.signing_keys(db)
            if not rows:
                key = new_key()
                await tables.insert_signing_key(db, key.id, key.public_jwk, self._seal(key), self._house.clock.now())
                rows = await queries.signing_keys(db)
        self._keys = {row["id"]: self._open(row["id"], row["public_jwk"], bytes(row["sealed_private"])) for row in rows}
        self._newest = rows[-1]["id"]

    @property
    def newest(self) -> SigningKey:
        """The key that signs."""
        return self._keys[self._newest]

    async def with_id(self, key_id: str) -> SigningKey | None:
        """The key with the id; asks the database once for a key that another process has made."""
        if key_id not in self._keys and len(key_id) == len(self._newest):
            await self.load()
        return self._keys.get(key_id)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public halves, as a JWK set."""
        return {"keys": [key.public_jwk for key in self._keys.values()]}

    def _cipher(self) -> AESGCM:
        secret = self._house.settings.secret.get_secret_value().encode()
        return AESGCM(hashlib.sha256(b"signing keys\x00" + secret).digest())

    def _seal(self, key: SigningKey) -> bytes:
        raw = key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        nonce = hashlib.sha256(b"nonce\x00" + raw).digest()[:NONCE]
        return nonce + self._cipher().encrypt(nonce, raw, key.id.encode())

    def _open(self, key_id: str, public_jwk: dict[str, Any], sealed: bytes) -> SigningKey:
        raw = self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], key_id.encode())
        return SigningKey(key_id, Ed25519PrivateKey.from_private_bytes(raw), public_jwk)


def new_key() -> SigningKey:
    """A fresh key pair."""
    private = Ed25519PrivateKey.generate()
    jwk: dict[str, Any] = orjson.loads(OKPAlgorithm.to_jwk(private.public_key()))
    # RFC 7638: the thumbprint is over the required members in alphabetical order, without spaces.
    required = orjson.dumps({"crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"]})
    key_id = base64.urlsafe_b64encode(hashlib.sha256(required).digest()).decode().rstrip("=")
    return SigningKey(key_id, private, {**jwk, "kid": key_id, "use": "sig", "alg": "EdDSA"})
