"""Anchors: the head of a chain, signed and put into storage, where whoever changes the database does not reach it."""

import hashlib
import hmac
from datetime import UTC, datetime
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, Field, ValidationError

from fourfold.core.audit import queries
from fourfold.ground.audit import CANONICAL
from fourfold.ground.house import House
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Desk

FORMAT = "fourfold.audit-anchor/1"
FOLDER = "audit/anchors"


class NothingToAnchor(Conflict):
    """409: the chain has no links yet."""

    code = "core.nothing_to_anchor"
    title = "Nothing has been sealed yet"


class AnchorShape(BaseModel):
    """The head of a chain at a time; `signature` is Ed25519 over the canonical JSON of all other fields."""

    format: str = Field(examples=[FORMAT])
    tenant_id: UUID
    seq: int = Field(examples=[1042])
    hash: str = Field(examples=["5c1e" * 16])
    at: str = Field(examples=["2031-01-31T12:00:00Z"])
    public_key: str = Field(examples=["d75a" * 16])
    signature: str = Field(examples=["e556" * 32])

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return orjson.dumps(self.model_dump(mode="json", exclude={"signature"}), option=CANONICAL)

    def is_signed_by(self, public_key: str) -> bool:
        """Whether the key, in hex, has signed it."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
            key.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError):
            return False
        return self.public_key == public_key


def _keys(house: House) -> list[Ed25519PrivateKey]:
    return [
        Ed25519PrivateKey.from_private_bytes(hmac.digest(secret, b"fourfold audit anchors", hashlib.sha256))
        for secret in house.settings.known_secrets
    ]


def public_keys(house: House) -> list[str]:
    """The keys that check this deployment's anchors, in hex; the first is the one of new anchors."""
    return [key.public_key().public_bytes_raw().hex() for key in _keys(house)]


def signed_head(house: House, tenant_id: UUID, seq: int, digest: bytes) -> AnchorShape:
    """An anchor of the head."""
    at = house.clock.now().isoformat().replace("+00:00", "Z")
    anchor = AnchorShape(
        format=FORMAT, tenant_id=tenant_id, seq=seq, hash=digest.hex(), at=at, public_key=public_keys(house)[0],
        signature="",
    )  # fmt: skip
    anchor.signature = _keys(house)[0].sign(anchor.signed_bytes()).hex()
    return anchor


async def anchor_chain(desk: Desk) -> AnchorShape:
    """Puts the signed head into storage; raises `NothingToAnchor`."""
    async with desk.view() as view:
        head = await queries.head(view.db)
    if head is None:
        raise NothingToAnchor
    anchor = signed_head(desk.house, desk.who.tenant_id, head["seq"], bytes(head["hash"]))
    key = _place(anchor.seq)
    # The first anchor of a link stays: a later one could only be what somebody else makes of it.
    if not await desk.house.storage.exists(desk.who.tenant_id, key):
        await desk.house.storage.put(desk.who.tenant_id, key, orjson.dumps(anchor.model_dump(mode="json")), "text/json")
    return anchor


def _place(seq: int) -> str:
    return f"{FOLDER}/{seq:015d}.json"


async def newest_anchors(house: House, tenant_id: UUID, limit: int) -> dict[int, AnchorShape | None]:
    """The newest anchors in storage by the numbers of their links; None for one that is not as we have put it there."""
    always = datetime.max.replace(tzinfo=UTC)
    names = sorted(await house.storage.keys(tenant_id, FOLDER, always))[-limit:]
    keys = public_keys(house)
    found: dict[int, AnchorShape | None] = {}
    for name in names:
        seq = int(name.rpartition("/")[2].removesuffix(".json"))
        try:
            anchor = AnchorShape.model_validate_json(await house.storage.get(tenant_id, name))
        except ValidationError:
            found[seq] = None
            continue
        is_ours = any(anchor.is_signed_by(key) for key in keys) and (anchor.seq, anchor.tenant_id) == (seq, tenant_id)
        found[seq] = anchor if is_ours else None
    return found
