"""Signatures of the gateway's messages, after the Standard Webhooks specification."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from fourfold.commerce.payments.provider import BadSignature

TOLERANCE_SECONDS = 300


def secret_of(secret: SecretStr, tenant_id: UUID) -> bytes:
    """The key that the gateway and one tenant's shop share."""
    return hmac.digest(secret.get_secret_value().encode(), b"gateway\x00" + tenant_id.bytes, hashlib.sha256)


def signed_headers(key: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a message."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_signature(key, message_id, timestamp, body)}",
    }


def must_be_signed(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises `BadSignature` unless one of the signatures is right and the message is at most five minutes off."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > len("9999999999"):
        raise BadSignature
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature("The message is too old, or from the future.")
    right = _signature(key, message_id, timestamp, body)
    given = (each.partition(",") for each in headers.get("webhook-signature", "").split(" "))
    if not any(version == "v1" and hmac.compare_digest(text.encode(), right.encode()) for version, _, text in given):
        raise BadSignature


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    text = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
