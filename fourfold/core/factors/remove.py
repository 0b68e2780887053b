"""A second factor is renamed or removed; an administrator removes those of somebody who has lost them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from fourfold.core.access.queries import factors_subject
from fourfold.core.accounts.queries import NoSuchAccount, account_with_id, lock_account
from fourfold.core.factors import queries, tables
from fourfold.core.factors.enrol import NoSuchFactor
from fourfold.core.factors.shapes import FactorShape, Name
from fourfold.core.factors.tell import tell_owner
from fourfold.ground.refusals import Forbidden
from fourfold.ground.work import Work


class RenameFactor(BaseModel):
    """What a factor is to be called."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name


class OwnersOnly(Forbidden):
    """403: only owners take away the factors of an owner."""

    code = "core.owners_only"
    title = "Only an owner may do this to an owner"


async def rename_factor(work: Work, factor_id: UUID, ask: RenameFactor) -> FactorShape:
    """Gives one of the caller's factors another name; raises `NoSuchFactor`."""
    if not await tables.rename_factor(work.db, work.who.account, factor_id, ask.name):
        raise NoSuchFactor
    rows = await queries.factor_rows(work.db, work.who.account)
    found = [FactorShape.of(row) for row in rows if row["id"] == factor_id]
    if not found:
        raise NoSuchFactor
    return found[0]


async def remove_factor(work: Work, factor_id: UUID) -> None:
    """Removes one of the caller's factors, and with the last one the recovery codes; raises `NoSuchFactor`."""
    if not await _remove(work, work.who.account, factor_id):
        raise NoSuchFactor


async def reset_factors(work: Work, account_id: UUID) -> None:
    """Removes all factors of an account whose person has lost them; raises `NoSuchAccount` or `OwnersOnly`."""
    account = await account_with_id(work.db, account_id)
    if account is None:
        raise NoSuchAccount
    if "owner" in account["roles"] and "owner" not in work.who.roles:
        raise OwnersOnly
    await _remove(work, account_id, None)


async def _remove(work: Work, account_id: UUID, factor_id: UUID | None) -> bool:
    await lock_account(work.db, account_id)
    before = {row["id"] for row in await queries.factor_rows(work.db, account_id)}
    removed = await tables.delete_factors(work.db, account_id, factor_id)
    # Nobody need be told of an app that never showed its first code.
    names = [each["name"] for each in removed if each["id"] in before]
    if not names:
        return bool(removed)
    last = not (await queries.factors_of(work.db, account_id)).methods
    if last:
        await tables.replace_codes(work.db, work.who.tenant_id, account_id, [])
        # Older tokens say that there is a factor.
        await work.house.changes.tell(work.db, factors_subject(account_id), work.now)
    await tell_owner(work, account_id, "factor_removed", {"factor": ", ".join(names), "last": last})
    return True
