"""Certificates and receipts: documents that whoever has the public keys can check."""

from collections.abc import Callable
from typing import Any, Literal

import jwt

from fourfold.core.signing.ring import KeyRing
from fourfold.ground.house import House

Kind = Literal["certificate+jwt", "receipt+jwt"]


async def certifier(house: House, kind: Kind) -> Callable[[dict[str, Any]], str]:
    """What makes a JWT of a document, of a type that no door takes for an access token.

    It is asked for before a transaction is opened, since the keys are read by a connection of their own.
    """
    ring = KeyRing(house)
    await ring.load()
    key = await ring.signer()

    def certify(document: dict[str, Any]) -> str:
        return jwt.encode(document, key.private, algorithm="EdDSA", headers={"kid": key.id, "typ": kind})

    return certify
