"""An authenticator made of software: it makes passkeys and signs with them, as WebAuthn Level 2 lays it down."""

import base64
import hashlib
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Passkey:
    """One key pair, and what the authenticator remembers with it."""

    credential_id: bytes
    private: ec.EllipticCurvePrivateKey
    relying_party: str
    user: bytes
    counter: int = 0


@dataclass(slots=True)
class Authenticator:
    """Holds passkeys. `origin` is the page that the browser says it is on; `counts` is False for synced passkeys."""

    origin: str
    counts: bool = True
    verifies: bool = True
    passkeys: list[Passkey] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives for the options."""
        assert -7 in [each["alg"] for each in options["pubKeyCredParams"]]
        private = ec.generate_private_key(ec.SECP256R1())
        key = Passkey(os.urandom(32), private, options["rp"]["id"], bytes_of(options["user"]["id"]))
        self.passkeys.append(key)
        numbers = private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(key.credential_id)) + key.credential_id + cbor2.dumps(cose)
        data = self._data(key, ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": text_of(self._client("webauthn.create", options)),
            "attestationObject": text_of(attestation),
            "transports": ["internal"],
        }
        return self._credential(key, response)

    def get(self, options: dict[str, Any], key: Passkey | None = None) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives for the options; `key` is used even if it was not asked for."""
        allowed = [bytes_of(each["id"]) for each in options.get("allowCredentials") or []]
        mine = [each for each in self.passkeys if each.relying_party == options["rpId"]]
        chosen = key or next(each for each in mine if not allowed or each.credential_id in allowed)
        chosen.counter += self.counts
        client, data = self._client("webauthn.get", options), self._data(chosen, 0)
        signature = chosen.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": text_of(client),
            "authenticatorData": text_of(data),
            "signature": text_of(signature),
            "userHandle": text_of(chosen.user),
        }
        return self._credential(chosen, response)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        client = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return orjson.dumps(client)

    def _data(self, key: Passkey, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(key.relying_party.encode()).digest() + struct.pack(">BI", flags, key.counter)

    def _credential(self, key: Passkey, response: dict[str, Any]) -> dict[str, Any]:
        name = text_of(key.credential_id)
        return {
            "id": name, "rawId": name, "type": "public-key", "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
        }  # fmt: skip
