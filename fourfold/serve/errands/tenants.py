"""Errands about tenants and privacy: what operators do over HTTP, done by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fourfold.core.accounts.queries import account_with_email
from fourfold.core.accounts.roles import set_roles
from fourfold.core.departures.delete import start_deletion
from fourfold.core.departures.pack import pack_tenant, sum_of
from fourfold.core.operators.manage import NoSuchTenant, resume_tenant, suspend_tenant
from fourfold.core.privacy.replay import replay_ledger
from fourfold.core.roles.rules import OPERATOR
from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.house import House
from fourfold.ground.refusals import NotFound
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, begin
from fourfold.serve.errands.by_hand import house_for_errand
from fourfold.serve.wiring import open_house


class NoSuchAccount(NotFound):
    """404: the tenant has no account of this address."""

    code = "core.no_such_account"


async def _tenant(house: House, slug: str) -> Who:
    row = await tenant_with_slug(house.pool, slug)
    if row is None:
        reason = f"There is no tenant {slug}."
        raise NoSuchTenant(reason)
    return Who.system(row["id"], slug)


async def make_operator_by_hand(settings: Settings, services: Sequence[Service], email: str) -> None:
    """Gives an account of the operators' tenant the role that no tenant gives away."""
    async with (
        house_for_errand(settings, services) as house,
        begin(house, await _tenant(house, settings.operator_tenant)) as work,
    ):
        account = await account_with_email(work.db, email.strip().lower())
        if account is None:
            reason = f"{settings.operator_tenant} has no account {email}."
            raise NoSuchAccount(reason)
        await set_roles(work, account["id"], sorted({*account["roles"], OPERATOR}))
        await house.changes.tell(work.db, f"account:{account['id']}", work.now)
        work.note("core.operators.made", f"account:{account['id']}")


async def suspend_by_hand(settings: Settings, services: Sequence[Service], slug: str, reason: str) -> None:
    """Suspends a tenant."""
    async with house_for_errand(settings, services) as house, begin(house, await _tenant(house, slug)) as work:
        await suspend_tenant(work, work.who.tenant_id, reason)
        work.note("core.operators.suspend", f"tenant:{work.who.tenant_id}", after={"reason": reason})


async def resume_by_hand(settings: Settings, services: Sequence[Service], slug: str) -> None:
    """Serves a suspended tenant again."""
    async with house_for_errand(settings, services) as house, begin(house, await _tenant(house, slug)) as work:
        await resume_tenant(work, work.who.tenant_id)
        work.note("core.operators.resume", f"tenant:{work.who.tenant_id}")


async def export_by_hand(settings: Settings, services: Sequence[Service], slug: str, target: Path) -> dict[str, Any]:
    """Packs a tenant into a file here; how many tables and files it holds, and its sum."""
    # The worker's role: it reads every table of a tenant.
    house = await open_house(settings, services, as_worker=True)
    try:
        row = await tenant_with_slug(house.pool, slug)
        who = await _tenant(house, slug)
        packed = await pack_tenant(Desk(house, who), dict(row or {}), target)
        size, sha256 = await sum_of(target)
    finally:
        await house.close()
    tables = len([each for each in packed.tables if each["path"]])
    return {"tables": tables, "files": len(packed.files), "size": size, "sha256": sha256}


async def delete_by_hand(
    settings: Settings, services: Sequence[Service], slug: str, grace_days: int | None
) -> dict[str, Any]:
    """Begins the deletion of a tenant."""
    async with house_for_errand(settings, services) as house, begin(house, await _tenant(house, slug)) as work:
        return (await start_deletion(work, slug, grace_days)).model_dump(mode="json")


async def replay_by_hand(settings: Settings, services: Sequence[Service]) -> dict[str, Any]:
    """Forgets again what a restore has brought back."""
    async with house_for_errand(settings, services) as house:
        replayed = await replay_ledger(house)
    return {"accounts": replayed.accounts, "tenants": replayed.tenants}
