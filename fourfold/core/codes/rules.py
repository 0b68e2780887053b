"""How codes and links are made up and told apart."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

PREFIX = "ffc_"
SECRET_DIGITS = 64
# Of a million codes, so many guesses.
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a code is for, how long it is good, and whether a new one ends those before it."""

    name: str
    lifetime: timedelta
    one_at_a_time: bool = False


VERIFY_EMAIL = Purpose("verify_email", timedelta(days=7))
RESET_PASSWORD = Purpose("reset_password", timedelta(hours=1))
CHANGE_EMAIL = Purpose("change_email", timedelta(hours=24), one_at_a_time=True)
VERIFY_PHONE = Purpose("verify_phone", timedelta(minutes=10), one_at_a_time=True)


def token_of(code_id: UUID, secret: str) -> str:
    """What stands in a link: which code it is, and 256 random bits as hex."""
    return f"{PREFIX}{code_id.hex}{secret}"


def parts_of(token: str) -> tuple[UUID, str] | None:
    """The code's id and secret; None for what is no token."""
    body = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or len(body) != 32 + SECRET_DIGITS or set(body) - set("0123456789abcdef"):
        return None
    return UUID(body[:32]), body[32:]


def hash_of_code(key: bytes, tenant_id: UUID, code_id: UUID, purpose: str, secret: str) -> bytes:
    """What is kept of a code. It is keyed, since a million digits are soon tried by whoever has only the database."""
    text = b"\x00".join((b"code", tenant_id.bytes, code_id.bytes, purpose.encode(), secret.encode()))
    return hmac.digest(key, text, hashlib.sha256)
