"""Links: addresses under which somebody sees one picture or video without sending who they are, until they expire.

Who they are is in the link, and whether they may see it is decided each time that it is followed.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from fourfold.ground.house import House

# As long as a video that is taken plays.
LIFE = timedelta(minutes=15)
SEAL_BYTES, ID_BYTES = 28, 16
NOBODY = UUID(int=0)


class Opened(NamedTuple):
    """Whose link it is, and in which tenant; None is a visitor."""

    tenant_id: UUID
    viewer_id: UUID | None


class Link(NamedTuple):
    """What is added to an address, and until when that is good."""

    query: str
    expires_at: datetime


def link_for(house: House, opened: Opened, file_id: UUID) -> Link:
    """What has to stand behind the address of a file's content, whichever variant it names."""
    expires = int((house.clock.now() + LIFE).timestamp())
    named = opened.tenant_id.bytes + (opened.viewer_id or NOBODY).bytes
    signature = urlsafe_b64encode(named + _seal(house, named, file_id, expires)).decode()
    return Link(urlencode({"expires": expires, "signature": signature}), datetime.fromtimestamp(expires, UTC))


def opened_by(house: House, file_id: UUID, expires: int, signature: str) -> Opened | None:
    """Who follows a link; None when it was not made here, for this file and time, or has expired."""
    try:
        raw = urlsafe_b64decode(signature)
    except ValueError:
        return None
    if len(raw) != 2 * ID_BYTES + SEAL_BYTES or expires <= house.clock.now().timestamp():
        return None
    named = raw[: 2 * ID_BYTES]
    is_ours = hmac.compare_digest(raw[2 * ID_BYTES :], _seal(house, named, file_id, expires))
    # Base64 has several spellings of the same bytes; only ours is a link.
    if not is_ours or urlsafe_b64encode(raw).decode() != signature:
        return None
    viewer_id = UUID(bytes=named[ID_BYTES:])
    return Opened(UUID(bytes=named[:ID_BYTES]), None if viewer_id == NOBODY else viewer_id)


def _seal(house: House, named: bytes, file_id: UUID, expires: int) -> bytes:
    key = house.settings.secret.get_secret_value().encode()
    text = b"\x00".join((b"see a medium", named, file_id.bytes, str(expires).encode()))
    return hmac.digest(key, text, hashlib.sha256)[:SEAL_BYTES]
