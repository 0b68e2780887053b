"""Decisions on second factors: which code fits, whose page may ask for a passkey, and who must have a factor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import urlsplit

import pyotp

STEP = 30
# Phones' clocks differ: a code of the step before and of the step after is taken as well (RFC 6238, 5.2).
DRIFT = 1
DIGITS = 6
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Party:
    """Who a passkey is for: the host it is bound to, and the origin whose pages may use it."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What is kept of a passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    relying_party: str
    transports: Sequence[str]
    backed_up: bool


def fitting_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step (30 s since 1970) that a code belongs to; None when it fits none, or one that was used up."""
    codes = pyotp.TOTP(secret)
    at = int(now.timestamp()) // STEP
    for step in range(at - DRIFT, at + DRIFT + 1):
        if compare_digest(codes.generate_otp(step), code) and (last_step is None or step > last_step):
            return step
    return None


def enrolment_uri(secret: str, account: str, issuer: str) -> str:
    """The otpauth address that apps read from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def shown(code: str) -> str:
    """A recovery code as people copy it: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def plain(code: str) -> str:
    """A recovery code as it was made, from what people type."""
    return code.replace("-", "").replace(" ", "").upper()


def party_of(base_url: str, domain: str, slug: str, *, origin: str, host: str, any_port: bool) -> Party | None:
    """The relying party that a page belongs to: the deployment's host, its domain, or the tenant's own host.

    `origin` is the page's, or empty when no browser asks: then `host` tells, or else the deployment's own is taken.
    With `any_port` (in development) pages may be served from elsewhere on the same host. None for a stranger's page.
    """
    base = urlsplit(base_url)
    own = base.hostname or domain
    # A passkey cannot be bound to an address made of numbers.
    hosts = [own if not own.replace(".", "").isdigit() and ":" not in own else domain, domain, f"{slug}.{domain}"]
    port = f":{base.port}" if base.port else ""
    if not origin:
        named = host.partition(":")[0].lower()
        chosen = named if named in hosts else hosts[0]
        return Party(chosen, f"{base.scheme}://{chosen}{port}")
    try:
        page = urlsplit(origin)
    except ValueError:
        return None
    if page.hostname not in hosts or page.scheme not in {"https", base.scheme}:
        return None
    if not any_port and f"{page.scheme}://{page.netloc}" != f"{base.scheme}://{page.hostname}{port}":
        return None
    return Party(page.hostname, f"{page.scheme}://{page.netloc}")


def must_have_factor(demanding: Iterable[str], roles: Iterable[str], methods: Sequence[str]) -> bool:
    """Whether an account lacks the second factor that one of its roles demands."""
    return not methods and not set(demanding).isdisjoint(roles)
