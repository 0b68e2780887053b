"""A code is used: once, for its purpose, before it expires, however many try at the same time."""

from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from fourfold.core.codes import queries, tables
from fourfold.core.codes.issue import PLACE, hash_here
from fourfold.core.codes.rules import MOST_ATTEMPTS, Purpose, parts_of
from fourfold.ground.refusals import BadRequest
from fourfold.ground.work import Desk, Work


class InvalidCode(BadRequest):
    """400: the code is wrong, was used, has expired, or is for something or somebody else."""

    code = "core.invalid_code"
    title = "This code or link is not valid, or not any more"


@dataclass(frozen=True, slots=True)
class UsedCode:
    """Whose code it was, and what it carried."""

    account_id: UUID
    carried: str


async def account_of_token(work: Work, purpose: Purpose, token: str) -> UUID:
    """Whose token it is, without using it; raises `InvalidCode`."""
    parts = parts_of(token)
    if parts is not None:
        code_hash = hash_here(work, parts[0], purpose, parts[1])
        row = await queries.live_code(work.db, parts[0], purpose.name, code_hash, work.now)
        if row is not None:
            return UUID(str(row["account_id"]))
    raise InvalidCode


async def use_token(work: Work, purpose: Purpose, token: str, account_id: UUID | None = None) -> UsedCode:
    """Uses a link's token; raises `InvalidCode`, also when it is another's than the account's, if one is given."""
    parts = parts_of(token)
    if parts is None:
        raise InvalidCode
    used = await use_checked(work, purpose, *parts)
    if account_id not in {None, used.account_id}:
        # The refusal rolls back, so that nobody uses up what is another's.
        raise InvalidCode
    return used


async def use_digits(desk: Desk, purpose: Purpose, account_id: UUID, digits: str) -> UUID:
    """Takes an attempt at the account's newest code, which stays counted; raises `InvalidCode` when it fails.

    Gives the code's id, with which `use_checked` goes on in the transaction of the effect.
    """
    async with desk.work() as work:
        row = await tables.count_attempt(work.db, account_id, purpose.name, MOST_ATTEMPTS, work.now)
        fits = row is not None and compare_digest(row["code_hash"], hash_here(work, row["id"], purpose, digits))
    if row is None or not fits:
        raise InvalidCode
    return UUID(str(row["id"]))


async def use_checked(work: Work, purpose: Purpose, code_id: UUID, secret: str) -> UsedCode:
    """Uses a code up; raises `InvalidCode` when it is not good any more, or somebody was quicker."""
    code_hash = hash_here(work, code_id, purpose, secret)
    row = await tables.use_code(work.db, code_id, purpose.name, code_hash, work.now)
    if row is None:
        raise InvalidCode
    carried = ""
    if row["sealed"] is not None:
        sealed = bytes(row["sealed"])
        opened = await work.house.sealer.open(work.db, work.who.tenant_id, PLACE.place, code_id, sealed)
        carried = opened.decode()
    return UsedCode(row["account_id"], carried)
