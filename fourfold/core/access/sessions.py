"""Sessions: signing in, refreshing with rotation and reuse detection, signing out."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import SessionRevoked
from fourfold.core.access import queries, tables
from fourfold.core.access.revocations import Revocations
from fourfold.core.access.tokens import BadToken
from fourfold.core.accounts.passwords import password_matches
from fourfold.core.accounts.queries import account_with_email, account_with_id
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Unauthenticated
from fourfold.ground.who import Who
from fourfold.ground.work import Work, begin

PREFIX = "ffr_"
# A client whose answer was lost may ask once more; a thief who comes later may not.
GRACE = timedelta(seconds=10)


class SignIn(BaseModel):
    """An address and its password."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=254, examples=["customer@demo.test"])
    password: str = Field(max_length=1000)


class WrongCredentials(Unauthenticated):
    """401: no account has this address with this password."""

    code = "core.wrong_credentials"
    title = "The address or the password is wrong"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that may be used: whose it is, and its refresh token."""

    account: asyncpg.Record
    session_id: UUID
    refresh_token: str


def refresh_token_of(house: House, tenant_id: UUID, session_id: UUID, generation: int) -> str:
    """The token of a generation: derived, so that a retry inside the grace gets the very same one."""
    key = house.settings.secret.get_secret_value().encode()
    text = b"refresh\x00" + tenant_id.bytes + session_id.bytes + generation.to_bytes(4)
    return f"{PREFIX}{tenant_id.hex}{session_id.hex}{hmac.digest(key, text, hashlib.sha256).hex()}"


def hash_of(token: str) -> bytes:
    """What is kept of a token; it has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


async def sign_in(house: House, who: Who, ask: SignIn, user_agent: str, address: str) -> Opened:
    """Opens a session; raises `WrongCredentials` in the same time whether the account exists or not."""
    async with begin(house, who) as work:
        account = await account_with_email(work.db, ask.email.strip().lower())
    # No transaction is open while the password is hashed: it takes longer than everything else.
    fits = await password_matches(account["password_hash"] if account else None, ask.password)
    if account is None or not fits or account["status"] != "active":
        raise WrongCredentials
    session_id = new_id()
    token = refresh_token_of(house, who.tenant_id, session_id, 0)
    async with begin(house, who) as work:
        expires = work.now + timedelta(days=house.settings.refresh_days)
        await tables.insert_session(
            work.db, who.tenant_id, session_id, account["id"], hash_of(token), work.now, expires, user_agent, address
        )
    return Opened(account, session_id, token)


async def refresh_session(house: House, revocations: Revocations, token: str) -> tuple[UUID, str, Opened]:
    """Rotates a refresh token: its tenant's id and slug, and the session; raises `BadToken`.

    A token used before ends the whole session, access tokens included.
    """
    tenant_id, session_id = _ids_in(token)
    async with begin(house, Who.system(tenant_id)) as work:
        tenant = await tenant_with_id(work.db, tenant_id)
        opened = await _rotate(work, revocations, session_id, token)
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


async def _rotate(work: Work, revocations: Revocations, session_id: UUID, token: str) -> Opened | None:
    session = await queries.session_with_id(work.db, session_id)
    if session is None or session["ended_at"] is not None or session["expires_at"] <= work.now:
        return None
    account = await account_with_id(work.db, session["account_id"])
    if account is None or account["status"] != "active":
        return None
    house, tenant, generation = work.house, work.who.tenant_id, session["generation"]
    presented = hash_of(token)
    if hmac.compare_digest(presented, session["token_hash"]):
        successor = refresh_token_of(house, tenant, session_id, generation + 1)
        await tables.advance_session(work.db, session_id, generation, presented, hash_of(successor), work.now)
        return Opened(account, session_id, successor)
    if generation and hmac.compare_digest(token, refresh_token_of(house, tenant, session_id, generation - 1)):
        if work.now - session["rotated_at"] <= GRACE:
            return Opened(account, session_id, refresh_token_of(house, tenant, session_id, generation))
    elif not _was_ours(house, tenant, session_id, generation, token):
        return None
    await end_session(work, revocations, session_id, account["id"], "reuse")
    return None


def _was_ours(house: House, tenant: UUID, session_id: UUID, generation: int, token: str) -> bool:
    # A made-up token must not end somebody's session: only one that we did give out is a theft.
    return any(
        hmac.compare_digest(token, refresh_token_of(house, tenant, session_id, past))
        for past in range(max(0, generation - 2000), generation)
    )


async def end_session(work: Work, revocations: Revocations, session_id: UUID, account_id: UUID, reason: str) -> None:
    """Ends a session and refuses its access tokens at once."""
    if await tables.end_session(work.db, session_id, reason, work.now):
        await revocations.revoke(work, f"session:{session_id}")
        work.emit(SessionRevoked(session_id=session_id, account_id=account_id, reason=reason))
