"""Links: addresses under which one file is read without signing in, until they expire."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.files.shapes import LinkShape
from fourfold.ground.house import House

LONGEST = timedelta(days=7)
SEAL_BYTES = 26
TENANT_BYTES = 16


class MakeLink(BaseModel):
    """How long the link lives, in seconds; a week at most."""

    model_config = ConfigDict(extra="forbid")
    expires_in: int = Field(3600, ge=1, le=int(LONGEST.total_seconds()), strict=True, examples=[3600])


def link_to(house: House, tenant_id: UUID, file_id: UUID, ask: MakeLink) -> LinkShape:
    """The address of the file's content; it names the tenant, and opens this file for reading and nothing else."""
    expires = int((house.clock.now() + timedelta(seconds=ask.expires_in)).timestamp())
    signature = urlsafe_b64encode(tenant_id.bytes + _seal(house, tenant_id, file_id, expires)).decode()
    query = urlencode({"expires": expires, "signature": signature})
    url = f"{house.settings.base_url}/v1/core/files/{file_id}/content?{query}"
    return LinkShape(url=url, expires_at=datetime.fromtimestamp(expires, UTC))


def tenant_in(house: House, file_id: UUID, expires: int, signature: str) -> UUID | None:
    """Whose file the link opens; None when it was not made here, for this file and time, or has expired."""
    try:
        raw = urlsafe_b64decode(signature)
    except ValueError:
        return None
    if len(raw) != TENANT_BYTES + SEAL_BYTES or expires <= house.clock.now().timestamp():
        return None
    tenant_id = UUID(bytes=raw[:TENANT_BYTES])
    is_ours = hmac.compare_digest(raw[TENANT_BYTES:], _seal(house, tenant_id, file_id, expires))
    # Base64 has several spellings of the same bytes; only ours is a link.
    return tenant_id if is_ours and urlsafe_b64encode(raw).decode() == signature else None


def _seal(house: House, tenant_id: UUID, file_id: UUID, expires: int) -> bytes:
    key = house.settings.secret.get_secret_value().encode()
    text = b"\x00".join((b"read a file", tenant_id.bytes, file_id.bytes, str(expires).encode()))
    return hmac.digest(key, text, hashlib.sha256)[:SEAL_BYTES]
