"""A person is forgotten: asked for by themselves or by an administrator, done in the background, with a certificate."""

from typing import Any
from uuid import UUID, uuid5

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import PersonErased
from fourfold.core.access.end import end_sessions
from fourfold.core.access.queries import account_subject
from fourfold.core.accounts.lockout import Device
from fourfold.core.accounts.queries import NoSuchAccount, account_with_id, lock_account, owners_but
from fourfold.core.privacy import queries, tables
from fourfold.core.privacy.core_data import erased_email
from fourfold.core.privacy.ledger import note_erasure
from fourfold.core.privacy.shapes import PersonalRequestShape
from fourfold.core.recovery.change_password import prove_password
from fourfold.core.roles.grant import BeyondOwnRights, LastOwner
from fourfold.core.signing.certify import certifier
from fourfold.ground.durable import job
from fourfold.ground.personal import Person
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Desk, Work


class EraseMe(BaseModel):
    """The caller's password: it cannot be undone."""

    model_config = ConfigDict(extra="forbid")
    password: str = Field(max_length=1000, examples=["a long phrase nobody guesses"])


class ErasureMustWait(Conflict):
    """409: something is going on for which the data is still needed."""

    code = "core.erasure_must_wait"
    title = "It cannot be erased yet"


class ErasePerson(BaseModel):
    """Whom to forget, and on whose request."""

    request_id: UUID
    account_id: UUID


def person_of(account: asyncpg.Record) -> Person:
    """The person whose account it is."""
    return Person(account["id"], account["email"], is_proven=account["email_verified_at"] is not None)


async def erase_me(desk: Desk, ask: EraseMe, device: Device) -> PersonalRequestShape:
    """Forgets the caller; raises `WrongPassword`, `LockedOut` after some failures, `LastOwner`, `ErasureMustWait`."""
    await prove_password(desk, ask.password, device)
    async with desk.work() as work:
        return await start_erasure(work, desk.who.account)


async def start_erasure(work: Work, account_id: UUID) -> PersonalRequestShape:
    """Shuts the account at once and has it forgotten in the background."""
    await lock_account(work.db, account_id)
    account = await account_with_id(work.db, account_id)
    if account is None:
        raise NoSuchAccount
    if "owner" in account["roles"] and not ("owner" in work.who.roles or work.who.kind == "system"):
        raise BeyondOwnRights("Only owners decide about owners.")
    if "owner" in account["roles"] and not await owners_but(work.db, account_id):
        raise LastOwner
    person = person_of(account)
    reasons = [reason for data in work.house.personal for reason in await data.waits(work, person)]
    if reasons:
        raise ErasureMustWait(" ".join(reasons))
    # One request an account: asking again, or at the same time, finds it.
    request_id = uuid5(account_id, "erasure")
    await tables.insert_request(
        work.db, work.who.tenant_id, request_id, account_id, "erasure", work.who.principal, work.now
    )
    await end_sessions(work, account_id, "erased")
    await work.house.changes.tell(work.db, account_subject(account_id), work.now)
    ask = ErasePerson(request_id=request_id, account_id=account_id)
    work.later(erase_person, ask, once=f"erase:{account_id}")
    work.note("core.privacy.erase", f"account:{account_id}")
    row = await queries.request_with_id(work.db, request_id)
    if row is None:
        raise NoSuchAccount
    return PersonalRequestShape.of(row)


async def give_up_erasure(work: Work, ask: ErasePerson, _problem: object) -> None:
    """Notes that it could not be done."""
    await tables.fail_request(work.db, ask.request_id, work.now)


@job("core.privacy.erase_person", steps=True, attempts=30, on_failed=give_up_erasure)
async def erase_person(desk: Desk, ask: ErasePerson) -> None:
    """Writes it on the ledger first, so that whatever happens afterwards, it is forgotten in the end."""
    await note_erasure(desk.house, desk.who.tenant_id, ask.account_id)
    certify = await certifier(desk.house, "certificate+jwt")
    async with desk.work() as work:
        row = await queries.request_with_id(work.db, ask.request_id)
        if row is None or row["status"] == "done":
            return
        certificate = await forget(work, ask.account_id, str(ask.request_id))
        await tables.finish_erasure(work.db, ask.request_id, certificate, certify(certificate), work.now)


async def forget(work: Work, account_id: UUID, request_id: str = "") -> dict[str, Any]:
    """Erases everything that is declared, in one transaction, and says what that was; may be done again."""
    await lock_account(work.db, account_id)
    account = await account_with_id(work.db, account_id)
    person = person_of(account) if account else Person(account_id, erased_email(account_id))
    # What is found by the address comes before the account, where the address stands.
    parts = [
        {"name": data.name, "title": data.title, "rows": await data.erase(work, person), "kept": data.kept}
        for data in reversed(work.house.personal)
    ]
    work.note("core.privacy.erased", f"account:{account_id}", after={"parts": len(parts)})
    work.emit(PersonErased(account_id=account_id))
    return {
        "request_id": request_id,
        "tenant_id": str(work.who.tenant_id),
        "account_id": str(account_id),
        "erased_at": work.now.isoformat(),
        "parts": parts,
    }
