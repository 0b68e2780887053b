"""Replay: after a restore, everybody who is on the ledger is forgotten again."""

from dataclasses import dataclass

from fourfold.core.accounts.queries import account_with_id
from fourfold.core.departures.delete import start_deletion
from fourfold.core.privacy.core_data import erased_email
from fourfold.core.privacy.erase import forget
from fourfold.core.privacy.ledger import Erased, all_erased
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.ground.work import begin


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many accounts and tenants were back, and are forgotten again."""

    accounts: int
    tenants: int


async def replay_ledger(house: House) -> Replayed:
    """Erases again what a restore has brought back; doing it twice changes nothing more."""
    accounts = tenants = 0
    for erased in await all_erased(house):
        if erased.account_id is None:
            tenants += await _delete_again(house, erased)
        else:
            accounts += await _forget_again(house, erased)
    return Replayed(accounts, tenants)


async def _forget_again(house: House, erased: Erased) -> bool:
    if erased.account_id is None:
        return False
    async with begin(house, Who.system(erased.tenant_id)) as work:
        account = await account_with_id(work.db, erased.account_id)
        if account is None or account["email"] == erased_email(erased.account_id):
            return False
        await forget(work, erased.account_id)
    return True


async def _delete_again(house: House, erased: Erased) -> bool:
    async with begin(house, Who.system(erased.tenant_id)) as work:
        tenant = await tenant_with_id(work.db, erased.tenant_id)
        if tenant is None or tenant["status"] not in {"active", "suspended"}:
            return False
        await start_deletion(work, tenant["slug"], grace_days=0)
    return True
