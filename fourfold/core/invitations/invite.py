"""Somebody is invited, and comes in."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Letter, Tenants
from fourfold.core.accounts.credentials import mark_email_verified
from fourfold.core.accounts.jobs import link_to
from fourfold.core.accounts.passwords import NewPassword
from fourfold.core.accounts.queries import account_with_email, account_with_id
from fourfold.core.accounts.register import Register, add_account, hash_of_new
from fourfold.core.accounts.roles import set_roles
from fourfold.core.accounts.shapes import AccountShape
from fourfold.core.invitations import queries, tables
from fourfold.core.invitations.shapes import InvitationShape
from fourfold.core.notices.send import send_letter
from fourfold.core.roles.grant import must_give
from fourfold.core.roles.rights import Rights
from fourfold.core.settings.known import INVITATION_DAYS
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import BadRequest, Conflict, NotFound
from fourfold.ground.work import Desk, Work

PREFIX = "ffi_"


class Invite(BaseModel):
    """Whom to invite, and the roles that they are to have."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    email: Email
    roles: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=10, examples=[["customer"]])


class AcceptInvitation(BaseModel):
    """The token of the mail, and who comes in; somebody with an account signs in and sends the token alone."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    token: str = Field(max_length=200, examples=["ffi_0189..."])
    name: str = Field("", max_length=200, examples=["Ada"])
    password: NewPassword | None = None


class NoSuchInvitation(NotFound):
    """404: this tenant has no such invitation that is still open."""

    code = "core.no_such_invitation"


class InvalidInvitation(BadRequest):
    """400: the invitation is over, or was never made."""

    code = "core.invalid_invitation"
    title = "This invitation is not good any more"


class SignInToAccept(Conflict):
    """409: the invited address has an account: its owner signs in first."""

    code = "core.sign_in_to_accept"
    title = "You have an account: sign in, and accept the invitation then"


async def invite(work: Work, rights: Rights, ask: Invite) -> InvitationShape:
    """Mails a link that lets somebody in with these roles; nobody gives more than they have."""
    await must_give(work, rights, ask.roles)
    invitation_id, secret = new_id(), secrets.token_hex(32)
    days = await work.house.configuration.value(work.who.tenant_id, INVITATION_DAYS, work.db)
    until = work.now + timedelta(days=days)
    await tables.insert_invitation(
        work.db, work.who.tenant_id, invitation_id, ask.email, sorted(set(ask.roles)), _hash_of(secret),
        work.who.account_id, work.now, until,
    )  # fmt: skip
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    link = link_to(work.house, tenant, "invitation", f"{PREFIX}{invitation_id.hex}{secret}")
    data = {
        "sender": tenant.name, "tenant": tenant.name, "by": work.who.email or tenant.name, "link": link,
        "until": until,
    }  # fmt: skip
    await send_letter(work, Letter(f"invitation:{invitation_id}", ask.email, "core/invitations/invitation", data))
    row = await queries.invitation_with_id(work.db, invitation_id)
    if row is None:
        raise NoSuchInvitation
    return InvitationShape.of(row, work.now)


async def revoke_invitation(work: Work, invitation_id: UUID) -> None:
    """Ends an invitation that nobody has followed yet."""
    if not await tables.revoke(work.db, invitation_id, work.now):
        raise NoSuchInvitation


async def accept_invitation(desk: Desk, ask: AcceptInvitation) -> AccountShape:
    """Lets the invited person in: with a new account, or with the one that they are signed in with."""
    async with desk.view() as view:
        row = _good(await queries.invitation_with_id(view.db, _id_in(ask.token)), ask.token, desk)
        known = await account_with_email(view.db, row["email"])
    password_hash = None
    if known is None:
        if ask.password is None:
            raise InvalidInvitation("Choose a name and a password.")
        # No transaction is open while the password is hashed.
        name = ask.name or row["email"].partition("@")[0]
        new = Register(email=row["email"], password=ask.password, name=name)
        password_hash = await hash_of_new(new)
    async with desk.work() as work:
        row = _good(await queries.invitation_with_id(work.db, row["id"], lock=True), ask.token, desk)
        account_id = await _account_of(work, row, ask, password_hash)
        await tables.accept(work.db, row["id"], account_id, work.now)
        work.note("core.invitations.accept", f"account:{account_id}", after={"roles": row["roles"]})
        account = await account_with_id(work.db, account_id)
    if account is None:
        raise InvalidInvitation
    return AccountShape.of(account)


async def _account_of(work: Work, row: asyncpg.Record, ask: AcceptInvitation, password_hash: str | None) -> UUID:
    """The account that follows the invitation, with its roles; its address is proven by the token that was mailed."""
    if password_hash is not None:
        name = ask.name or row["email"].partition("@")[0]
        made = await add_account(work, row["email"], name, password_hash, tuple(row["roles"]))
        if made is not None:
            await mark_email_verified(work, made)
            return made
    known = await account_with_email(work.db, row["email"])
    if known is None or known["id"] != work.who.account_id:
        raise SignInToAccept
    await set_roles(work, known["id"], sorted({*known["roles"], *row["roles"]}))
    await work.house.changes.tell(work.db, f"account:{known['id']}", work.now)
    return UUID(str(known["id"]))


def _good(row: asyncpg.Record | None, token: str, desk: Desk) -> asyncpg.Record:
    secret = token.removeprefix(PREFIX)[32:]
    if row is None or not hmac.compare_digest(bytes(row["token_hash"]), _hash_of(secret)):
        raise InvalidInvitation
    if row["accepted_at"] is not None or row["revoked_at"] is not None or row["expires_at"] <= desk.now:
        raise InvalidInvitation
    return row


def _hash_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _id_in(token: str) -> UUID:
    try:
        return UUID(token.removeprefix(PREFIX)[:32])
    except ValueError as problem:
        raise InvalidInvitation from problem
