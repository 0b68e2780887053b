"""Wrapping: the deployment's own keys, which protect the tenants' data keys and nothing else."""

import hashlib
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fourfold.ground.given_keys import KEY

NONCE = 12


class CannotUnwrap(Exception):
    """The key that wrapped this is not among those of the deployment, or the bytes were changed."""


class Wrapping:
    """Key-encryption keys: the first wraps, all of them unwrap."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        """`keys` have 32 bytes each; the current one comes first."""
        self._ciphers = {name_of(key): AESGCM(key) for key in keys}
        self.current = next(iter(self._ciphers))

    def wrap(self, key: bytes, bound_to: bytes) -> bytes:
        """The wrapped key; it can only be unwrapped together with `bound_to`."""
        nonce = os.urandom(NONCE)
        return nonce + self._ciphers[self.current].encrypt(nonce, key, bound_to)

    def unwrap(self, kek: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """The key that was wrapped under the name `kek`; raises `CannotUnwrap`."""
        cipher = self._ciphers.get(kek)
        if cipher is None:
            reason = f"no key-encryption key {kek} is given"
            raise CannotUnwrap(reason)
        try:
            return cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], bound_to)
        except InvalidTag as problem:
            reason = "a wrapped key was changed"
            raise CannotUnwrap(reason) from problem


def name_of(key: bytes) -> str:
    """What a key-encryption key is called in the database: tells nothing about the key."""
    return hashlib.sha256(b"fourfold kek\x00" + key).hexdigest()[:16]


def derived(secret: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), KEY, None, purpose.encode()).derive(secret)
