"""What an account proves itself with is changed; who may do so, and what follows of it, is decided elsewhere."""

from uuid import UUID

import asyncpg
import phonenumbers

from fourfold.contracts.core import AccountDisabled, AccountEmailChanged, AccountEnabled, PasswordChanged
from fourfold.core.accounts import tables
from fourfold.ground.refusals import Conflict
from fourfold.ground.sealing import SealedPlace
from fourfold.ground.work import Work

PHONE = SealedPlace("core.account", "phone_sealed", "id", "core.account.phone")


class EmailTaken(Conflict):
    """409: another account has the address by now."""

    code = "core.email_taken"
    title = "Another account has this address"


async def set_password(work: Work, account_id: UUID, password_hash: str) -> None:
    """Keeps another password."""
    await tables.update_password(work.db, account_id, password_hash, work.now)
    work.emit(PasswordChanged(account_id=account_id))


async def set_email(work: Work, account_id: UUID, email: str) -> None:
    """Keeps another, verified address; raises `EmailTaken`."""
    try:
        await tables.update_email(work.db, account_id, email, work.now)
    except asyncpg.UniqueViolationError as problem:
        raise EmailTaken from problem
    work.emit(AccountEmailChanged(account_id=account_id, email=email))


async def mark_email_verified(work: Work, account_id: UUID) -> None:
    """Notes that mail to the account's address arrives."""
    await tables.verify_email(work.db, account_id, work.now)


def international(typed: str) -> str:
    """A telephone number with its country in one form, such as +4915123456789; a `ValueError` says what is wrong."""
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException as problem:
        raise ValueError("Give a number with its country, such as +49 151 23456789.") from problem
    if not phonenumbers.is_valid_number(number):
        raise ValueError("There is no such number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def set_phone(work: Work, account_id: UUID, number: str) -> None:
    """Keeps another, verified number (such as +4915123456789): sealed, findable, and a hint for people."""
    tenant_id, sealer = work.who.tenant_id, work.house.sealer
    sealed = await sealer.seal(work.db, tenant_id, PHONE.place, account_id, number.encode())
    key = await sealer.blind(work.db, tenant_id, PHONE.place, number)
    hint = f"{number[:3]}{'•' * (len(number) - 5)}{number[-2:]}"
    await tables.update_phone(work.db, account_id, sealed, key, hint, work.now)


async def remove_phone(work: Work, account_id: UUID) -> None:
    """Forgets the number."""
    await tables.update_phone(work.db, account_id, None, None, None, work.now)


async def set_status(work: Work, account_id: UUID, *, active: bool) -> bool:
    """Opens or shuts an account; False when it was so already."""
    changed = await tables.update_status(work.db, account_id, "active" if active else "disabled", work.now)
    if changed:
        work.emit(AccountEnabled(account_id=account_id) if active else AccountDisabled(account_id=account_id))
    return changed
