"""Somebody proves who they are with a second factor: a code of an app, a recovery code, or a passkey."""

from datetime import timedelta
from uuid import UUID

from fourfold.core.factors import queries, tables
from fourfold.core.factors.ceremonies import WrongPasskey, proven_account
from fourfold.core.factors.rules import fitting_step, plain
from fourfold.core.factors.shapes import PasskeyProof
from fourfold.ground.limits import Limit
from fourfold.ground.sealing import SealedPlace
from fourfold.ground.work import Work

TOTP_SECRET = SealedPlace("core.totp_factor", "sealed_secret", "id", "core.totp_factor.secret")
# Recovery codes are only compared, so they have no seal: this names the key of their hashes.
RECOVERY_CODE = "core.recovery_code"
# A million codes and three of them right at any time: thirty guesses an hour find one in about fifteen years.
GUESSES = Limit(10, timedelta(minutes=20))


async def code_fits(work: Work, account_id: UUID, code: str, *, confirmed: bool = True) -> UUID | None:
    """The factor that shows this code now, which is used up by this; None when none does.

    Raises `TooManyRequests` when too many codes were tried for the account.
    """
    await work.house.limits.take(work, "second_factor", str(account_id), GUESSES)
    for row in await queries.totp_factors(work.db, account_id, confirmed=confirmed):
        factor_id: UUID = row["id"]
        secret = await work.house.sealer.open(
            work.db, work.who.tenant_id, TOTP_SECRET.place, factor_id, row["sealed_secret"]
        )
        step = fitting_step(secret.decode(), code, work.now, row["last_step"])
        if step is not None and await tables.use_step(work.db, factor_id, step, work.now):
            return factor_id
    return None


async def recovery_code_fits(work: Work, account_id: UUID, code: str) -> bool:
    """Whether this is a recovery code of the account; it is used up by this."""
    return await tables.use_code(work.db, account_id, await recovery_hash(work, account_id, code), work.now)


async def recovery_hash(work: Work, account_id: UUID, code: str) -> bytes:
    """What is kept of a recovery code: without the tenant's key it cannot even be guessed at."""
    return await work.house.sealer.blind(work.db, work.who.tenant_id, RECOVERY_CODE, f"{account_id} {plain(code)}")


async def passkey_fits(work: Work, account_id: UUID, proof: PasskeyProof) -> bool:
    """Whether one of the account's passkeys has answered its second factor's ceremony."""
    try:
        await proven_account(work, proof.ceremony, proof.credential, "second_factor", account_id)
    except WrongPasskey:
        return False
    return True
