"""A code is made, for one purpose of one account."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from fourfold.core.codes import tables
from fourfold.core.codes.rules import SECRET_DIGITS, Purpose, hash_of_code, token_of
from fourfold.ground.ids import new_id
from fourfold.ground.sealing import SealedPlace
from fourfold.ground.work import Work

PLACE = SealedPlace("core.one_time_code", "sealed", "id", "core.one_time_code.sealed")


async def issue_token(work: Work, purpose: Purpose, account_id: UUID, carries: str | None = None) -> str:
    """A token for a link; `carries` is kept sealed, and comes back when it is used."""
    secret, code_id = secrets.token_hex(SECRET_DIGITS // 2), new_id()
    await _write(work, purpose, account_id, code_id, secret, carries)
    return token_of(code_id, secret)


async def issue_digits(work: Work, purpose: Purpose, account_id: UUID, carries: str | None = None) -> str:
    """Six digits to be typed; the account's codes before it end."""
    digits, code_id = f"{secrets.randbelow(1_000_000):06}", new_id()
    await _write(work, purpose, account_id, code_id, digits, carries)
    return digits


async def void_codes(work: Work, account_id: UUID, purposes: Sequence[Purpose]) -> None:
    """Ends the account's codes for these purposes."""
    await tables.void_codes(work.db, account_id, [each.name for each in purposes], work.now)


def hash_here(work: Work, code_id: UUID, purpose: Purpose, secret: str) -> bytes:
    """What this deployment keeps of a code."""
    key = work.house.settings.secret.get_secret_value().encode()
    return hash_of_code(key, work.who.tenant_id, code_id, purpose.name, secret)


async def _write(
    work: Work, purpose: Purpose, account_id: UUID, code_id: UUID, secret: str, carries: str | None
) -> None:
    tenant_id = work.who.tenant_id
    if purpose.one_at_a_time:
        await void_codes(work, account_id, [purpose])
    sealed = None
    if carries is not None:
        sealed = await work.house.sealer.seal(work.db, tenant_id, PLACE.place, code_id, carries.encode())
    await tables.insert_code(
        work.db, tenant_id, code_id, account_id, purpose.name, hash_here(work, code_id, purpose, secret), sealed,
        work.now, work.now + purpose.lifetime,
    )  # fmt: skip
