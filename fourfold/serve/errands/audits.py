"""The audit logs of all tenants, for the doctor and by hand; and exported ones, which need no servers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fourfold.core.audit.anchor import anchor_chain
from fourfold.core.audit.offline import verify_lines
from fourfold.core.audit.verify import VerdictShape, verify_log
from fourfold.core.tenants.queries import active_tenants, tenant_with_slug
from fourfold.ground.house import House
from fourfold.ground.refusals import NotFound
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.errands.by_hand import house_for_errand
from fourfold.serve.errands.doctor import Finding


async def _desk(house: House, slug: str) -> Desk:
    tenant = await tenant_with_slug(house.pool, slug)
    if tenant is None:
        reason = f"There is no tenant {slug}."
        raise NotFound(reason)
    return Desk(house, Who.system(tenant["id"], slug))


async def verify_by_hand(settings: Settings, services: Sequence[Service], slug: str) -> dict[str, Any]:
    """Verifies the log of a tenant; an unknown slug is a `Refusal`."""
    async with house_for_errand(settings, services) as house:
        return (await verify_log(await _desk(house, slug))).model_dump(mode="json")


async def anchor_by_hand(settings: Settings, services: Sequence[Service], slug: str) -> dict[str, Any]:
    """Anchors the log of a tenant; an unknown slug, or a log without entries, is a `Refusal`."""
    async with house_for_errand(settings, services) as house:
        return (await anchor_chain(await _desk(house, slug))).model_dump(mode="json")


def verify_file_by_hand(path: Path, public_key: str | None) -> dict[str, Any]:
    """Verifies an exported log with nothing but the file; raises `NoExport`."""
    with path.open("rb") as file:
        return asdict(verify_lines(file, public_key))


def audits_of(settings: Settings, services: Sequence[Service]) -> Callable[[], Awaitable[list[Finding]]]:
    """A check of the log of each tenant."""

    async def check() -> list[Finding]:
        async with house_for_errand(settings, services) as house:
            return [
                _finding(tenant.slug, await verify_log(Desk(house, Who.system(tenant.id, tenant.slug))))
                for tenant in await active_tenants(house.pool)
            ]

    return check


def _finding(slug: str, verdict: VerdictShape) -> Finding:
    told = f"{verdict.sealed} of {verdict.entries} entries are sealed, {verdict.anchors_checked} anchors fit"
    if not verdict.ok:
        told = f"{verdict.reason} at entry {verdict.first_bad_seq}"
    mend = "somebody has changed the database by hand: compare it with a backup and with exports of the log"
    return Finding(f"audit of {slug}", verdict.ok, told, mend)
