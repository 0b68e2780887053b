"""Somebody adds a second factor: an app that shows codes, or a passkey; with the first one come recovery codes."""

import secrets
from uuid import UUID

import pyotp
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.accounts.queries import account_with_id, lock_account
from fourfold.core.factors import queries, tables
from fourfold.core.factors.ceremonies import registered
from fourfold.core.factors.prove import TOTP_SECRET, code_fits, recovery_hash
from fourfold.core.factors.rules import ALPHABET, CODE_LENGTH, enrolment_uri, shown
from fourfold.core.factors.shapes import (
    AddedShape,
    CeremonyToken,
    Code,
    EnrolmentShape,
    FactorShape,
    Name,
    NewCredential,
)
from fourfold.core.factors.tell import tell_owner
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.ground.work import Work

CODES = 10
FACTORS = 20


class AddTotp(BaseModel):
    """An app that will show codes."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name = "authenticator"


class ConfirmTotp(BaseModel):
    """The first code that the app shows."""

    model_config = ConfigDict(extra="forbid")
    code: Code


class AddPasskey(BaseModel):
    """A passkey that an authenticator has made."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name = "passkey"
    ceremony: CeremonyToken
    credential: NewCredential = Field(description="What `navigator.credentials.create()` gave, by its `toJSON()`.")


class NoSuchFactor(NotFound):
    """404: the caller has no such factor."""

    code = "core.no_such_factor"


class WrongCode(Invalid):
    """422: the code is not the one that the app shows now, or it was used."""

    code = "core.wrong_code"
    title = "The code is not right"


class TooManyFactors(Conflict):
    """409: an account has twenty factors at most."""

    code = "core.too_many_factors"
    title = "Remove a factor before you add another"


class PasskeyTaken(Conflict):
    """409: the passkey is known already."""

    code = "core.passkey_taken"
    title = "This passkey is registered already"


class NoFactor(Conflict):
    """409: recovery codes stand in for a factor, so there must be one."""

    code = "core.no_factor"
    title = "Add an app or a passkey first"


async def add_totp(work: Work, ask: AddTotp) -> EnrolmentShape:
    """Makes a secret for an app; it protects nothing before `confirm_totp`."""
    account_id, tenant_id = work.who.account, work.who.tenant_id
    await refuse_too_many(work)
    account = await account_with_id(work.db, account_id)
    factor_id, secret = new_id(), pyotp.random_base32()
    sealed = await work.house.sealer.seal(work.db, tenant_id, TOTP_SECRET.place, factor_id, secret.encode())
    await tables.insert_totp(work.db, tenant_id, factor_id, account_id, ask.name, sealed, work.now)
    email = account["email"] if account is not None else work.who.email
    return EnrolmentShape(id=factor_id, secret=secret, uri=enrolment_uri(secret, email, work.who.tenant_slug))


async def confirm_totp(work: Work, factor_id: UUID, ask: ConfirmTotp) -> AddedShape:
    """From now on the app's codes are asked for; raises `NoSuchFactor` or `WrongCode`."""
    await lock_account(work.db, work.who.account)
    waiting = {row["id"] for row in await queries.totp_factors(work.db, work.who.account, confirmed=False)}
    if factor_id not in waiting:
        raise NoSuchFactor
    before = (await queries.factors_of(work.db, work.who.account)).methods
    if await code_fits(work, work.who.account, ask.code, confirmed=False) != factor_id:
        raise WrongCode(errors=[FieldError("code", "Give the code that the app shows now.")])
    return await _added(work, factor_id, first=not before)


async def add_passkey(work: Work, ask: AddPasskey) -> AddedShape:
    """Keeps a passkey; raises `WrongPasskey` or `PasskeyTaken`."""
    account_id = work.who.account
    await refuse_too_many(work)
    before = (await queries.factors_of(work.db, account_id)).methods
    made = await registered(work, ask.ceremony, ask.credential)
    passkey_id = new_id()
    if not await tables.insert_passkey(work.db, work.who.tenant_id, passkey_id, account_id, ask.name, made, work.now):
        raise PasskeyTaken
    return await _added(work, passkey_id, first=not before)


async def new_recovery_codes(work: Work) -> list[str]:
    """Ten recovery codes in the place of the old ones; raises `NoFactor`."""
    await lock_account(work.db, work.who.account)
    if not (await queries.factors_of(work.db, work.who.account)).methods:
        raise NoFactor
    await tell_owner(work, work.who.account, "recovery_codes_made", {})
    return await _make_codes(work)


async def refuse_too_many(work: Work) -> None:
    """Raises `TooManyFactors`; two that are added at once come one after the other."""
    await lock_account(work.db, work.who.account)
    if len(await queries.factor_rows(work.db, work.who.account)) >= FACTORS:
        raise TooManyFactors


async def _added(work: Work, factor_id: UUID, *, first: bool) -> AddedShape:
    rows = await queries.factor_rows(work.db, work.who.account)
    factor = next(FactorShape.of(row) for row in rows if row["id"] == factor_id)
    await tell_owner(work, work.who.account, "factor_added", {"factor": factor.name})
    return AddedShape(factor=factor, recovery_codes=await _make_codes(work) if first else [])


async def _make_codes(work: Work) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    hashes = [await recovery_hash(work, work.who.account, code) for code in codes]
    await tables.replace_codes(work.db, work.who.tenant_id, work.who.account, hashes)
    return [shown(code) for code in codes]
