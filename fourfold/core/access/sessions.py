"""Sessions: signing in, refreshing with rotation and reuse detection, and the tokens that come of both."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Letter
from fourfold.core.access import queries, tables
from fourfold.core.access.end import end_session
from fourfold.core.access.shapes import TokensShape
from fourfold.core.access.tokens import BadToken, Claims, issue_token
from fourfold.core.accounts.lockout import Device, account_with_password, remember_device
from fourfold.core.accounts.passwords import GivenPassword
from fourfold.core.accounts.queries import account_with_email, account_with_id, hold_account
from fourfold.core.factors.challenge import second_factor_needed
from fourfold.core.notices.send import send_letter
from fourfold.core.settings.known import REQUIRE_VERIFIED_EMAIL
from fourfold.core.signing.ring import KeyRing
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.emails import plain_address
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Forbidden, Unauthenticated
from fourfold.ground.who import Who
from fourfold.ground.work import Work, begin, look

PREFIX = "ffr_"
# A client whose answer was lost may ask once more; a thief who comes later may not.
GRACE = timedelta(seconds=10)


class SignIn(BaseModel):
    """An address and its password."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=254, examples=["customer@demo.test"])
    password: GivenPassword


class EmailNotVerified(Forbidden):
    """403: the tenant lets in nobody whose address is not proven."""

    code = "core.email_not_verified"
    title = "Prove your e-mail address first: follow the link that was mailed to you"


class WrongCredentials(Unauthenticated):
    """401: no account has this address with this password."""

    code = "core.wrong_credentials"
    title = "The address or the password is wrong"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that may be used: whose it is, its refresh token, and as of when account and roles were read."""

    account: asyncpg.Record
    session_id: UUID
    refresh_token: str
    issued_at: datetime
    authenticated_at: datetime


def refresh_token_of(house: House, tenant_id: UUID, session_id: UUID, generation: int) -> str:
    """The token of a generation: derived, so that a retry inside the grace gets the very same one."""
    key = house.settings.secret.get_secret_value().encode()
    text = b"refresh\x00" + tenant_id.bytes + session_id.bytes + generation.to_bytes(4)
    return f"{PREFIX}{tenant_id.hex}{session_id.hex}{hmac.digest(key, text, hashlib.sha256).hex()}"


def hash_of(token: str) -> bytes:
    """What is kept of a token; it has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


async def sign_in(house: House, who: Who, ask: SignIn, user_agent: str, address: str) -> Opened:
    """Opens a session; raises `WrongCredentials` or `LockedOut` in the same time whether the account exists or not.

    Raises `SecondFactorRequired` when the account has one: then /tokens/second-factor opens the session.
    """
    account = await account_with_password(house, who, ask.email, ask.password, Device(address, user_agent))
    if account is None:
        refusal = WrongCredentials()
        async with look(house, who) as view:
            meant = await account_with_email(view.db, plain_address(ask.email))
        refusal.about = f"account:{meant['id']}" if meant is not None else ""
        raise refusal
    async with begin(house, who) as work:
        needed = await second_factor_needed(work, account["id"])
        if needed is None:
            return await open_session(work, account, user_agent, address)
    # The refusal comes after the commit, so that the challenge which it carries is there.
    raise needed


async def open_session(work: Work, account: asyncpg.Record, user_agent: str, address: str) -> Opened:
    """Opens a session for an account that has proved who it is; raises `WrongCredentials` if it was disabled since."""
    now = work.now
    await hold_account(work.db, account["id"])
    present = await account_with_id(work.db, account["id"])
    if present is None or present["status"] != "active":
        raise WrongCredentials
    session_id, tenant_id = new_id(), work.who.tenant_id
    must_be_proven = await work.house.configuration.value(tenant_id, REQUIRE_VERIFIED_EMAIL, work.db)
    if must_be_proven and present["email_verified_at"] is None:
        raise EmailNotVerified
    token = refresh_token_of(work.house, tenant_id, session_id, 0)
    expires = now + timedelta(days=work.house.settings.refresh_days)
    await tables.insert_session(
        work.db, tenant_id, session_id, present["id"], hash_of(token), now, expires, user_agent, address
    )
    await remember_device(work, present["email"], Device(address, user_agent))
    work.note("core.access.signed_in", f"account:{present['id']}", after={"session_id": session_id})
    return Opened(present, session_id, token, work.now, now)


async def tokens_of(house: House, ring: KeyRing, tenant_id: UUID, slug: str, opened: Opened) -> TokensShape:
    """The pair of tokens of a session, as it leaves."""
    lifetime = timedelta(minutes=house.settings.access_minutes)
    claims = Claims(
        account_id=opened.account["id"],
        tenant_id=tenant_id,
        tenant_slug=slug,
        session_id=opened.session_id,
        email=opened.account["email"],
        roles=tuple(opened.account["roles"]),
        issued_at=opened.issued_at.timestamp(),
        expires_at=(opened.issued_at + lifetime).timestamp(),
        authenticated_at=opened.authenticated_at.timestamp(),
        has_factor=opened.account["has_factor"],
    )
    return TokensShape(
        access_token=issue_token(await ring.signer(), claims),
        refresh_token=opened.refresh_token,
        expires_in=int(lifetime.total_seconds()),
    )


async def refresh_session(house: House, token: str) -> tuple[UUID, str, Opened]:
    """Rotates a refresh token: its tenant's id and slug, and the session; raises `BadToken`.

    A token used before ends the whole session, access tokens included.
    """
    tenant_id, session_id = _ids_in(token)
    async with begin(house, Who.system(tenant_id)) as work:
        tenant = await tenant_with_id(work.db, tenant_id)
        opened = await _rotate(work, session_id, token)
    # The refusal comes after the commit, so that ending a stolen session is not rolled back with it.
    if tenant is None or tenant["status"] != "active" or opened is None:
        raise BadToken("The refresh token is not valid any more; sign in again.")
    return tenant_id, tenant["slug"], opened


def _ids_in(token: str) -> tuple[UUID, UUID]:
    body = token.removeprefix(PREFIX)
    if len(body) != 128 or not token.startswith(PREFIX):  # noqa: PLR2004 - two ids and 256 bits, as hex
        raise BadToken
    try:
        return UUID(body[:32]), UUID(body[32:64])
    except ValueError as problem:
        raise BadToken from problem


async def _rotate(work: Work, session_id: UUID, token: str) -> Opened | None:
    await queries.hold_account_of(work.db, session_id)
    session = await queries.session_with_id(work.db, session_id)
    if session is None or session["ended_at"] is not None or session["expires_at"] <= work.now:
        return None
    account = await account_with_id(work.db, session["account_id"])
    if account is None or account["status"] != "active":
        return None
    house, tenant, generation = work.house, work.who.tenant_id, session["generation"]
    presented, current = hash_of(token), session["token_hash"]
    if hmac.compare_digest(presented, current):
        successor = refresh_token_of(house, tenant, session_id, generation + 1)
        await tables.advance_session(work.db, session_id, generation, presented, hash_of(successor), work.now)
        work.note("core.access.refreshed", f"account:{account['id']}", after={"session_id": session_id})
        return Opened(account, session_id, successor, work.now, session["authenticated_at"])
    if generation and hmac.compare_digest(token, refresh_token_of(house, tenant, session_id, generation - 1)):
        if work.now - session["rotated_at"] <= GRACE:
            again = refresh_token_of(house, tenant, session_id, generation)
            return Opened(account, session_id, again, work.now, session["authenticated_at"])
    elif not _was_ours(house, tenant, session_id, generation, token):
        return None
    await _end_stolen(work, account, session_id)
    return None


def _was_ours(house: House, tenant: UUID, session_id: UUID, generation: int, token: str) -> bool:
    # A made-up token must not end somebody's session: only one that we did give out is a theft.
    return any(
        hmac.compare_digest(token, refresh_token_of(house, tenant, session_id, past))
        for past in range(max(0, generation - 2000), generation)
    )


async def _end_stolen(work: Work, account: asyncpg.Record, session_id: UUID) -> None:
    await end_session(work, session_id, account["id"], "reuse")
    work.note("core.access.token_reused", f"account:{account['id']}", after={"session_id": session_id})
    data = {"name": account["name"], "at": work.now}
    once = f"session-ended:{session_id}"
    await send_letter(work, Letter(once, account["email"], "core/access/session_ended", data))
