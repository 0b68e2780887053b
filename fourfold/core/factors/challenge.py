"""A challenge: somebody has given the right password, and is asked for a second factor within five minutes."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from fourfold.core.factors import tables
from fourfold.core.factors.queries import factors_of
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Unauthenticated
from fourfold.ground.work import Work

PREFIX = "ffc_"
GOOD_FOR = timedelta(minutes=5)
TRIES = 5


class SecondFactorRequired(Unauthenticated):
    """401: the password is right; `challenge` goes to /v1/core/tokens/second-factor, with one of the `methods`."""

    code = "core.second_factor_required"
    title = "Now give a second factor"


class ChallengeOver(Unauthenticated):
    """401: the challenge is used, too old, tried too often, or was never given out."""

    code = "core.challenge_over"
    title = "Sign in again from the start"


async def second_factor_needed(work: Work, account_id: UUID) -> SecondFactorRequired | None:
    """The refusal that asks for a second factor, to be raised once the work is committed; None without any factor."""
    methods = (await factors_of(work.db, account_id)).methods
    if not methods:
        return None
    challenge_id, secret = new_id(), secrets.token_hex(32)
    token = f"{PREFIX}{challenge_id.hex}{secret}"
    await tables.insert_challenge(
        work.db, work.who.tenant_id, challenge_id, account_id, _hash(token), work.now, work.now + GOOD_FOR
    )
    return SecondFactorRequired(more={"challenge": token, "methods": list(methods)})


async def account_challenged(work: Work, token: str, *, counts: bool) -> tuple[UUID, UUID]:
    """The ids of the challenge and of its account; raises `ChallengeOver`. With `counts` one of its tries is used up.

    The challenge is locked, so that two answers to it come one after the other.
    """
    body = token.removeprefix(PREFIX)
    if len(body) != 96 or not token.startswith(PREFIX):  # noqa: PLR2004 - an id and 256 bits, as hex
        raise ChallengeOver
    try:
        challenge_id = UUID(body[:32])
    except ValueError as problem:
        raise ChallengeOver from problem
    account_id = await tables.try_challenge(
        work.db, challenge_id, _hash(token), TRIES, 1 if counts else 0, work.now
    )  # fmt: skip
    if account_id is None:
        raise ChallengeOver
    return challenge_id, account_id


async def close_challenge(work: Work, challenge_id: UUID) -> None:
    """The challenge was met: it cannot be used again."""
    await tables.close_challenge(work.db, challenge_id, work.now)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
