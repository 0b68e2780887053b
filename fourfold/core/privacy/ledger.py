"""The ledger of what was erased: objects in storage, so that a restored database can be made to forget again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson

from fourfold.ground.house import House

# No tenant's: what is written here outlives the tenants, and holds ids only.
PLATFORM = UUID(int=0)
ERASURES, DELETIONS = "ledger/erasures/", "ledger/deletions/"
ALL_TIMES = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Erased:
    """An account that was erased, or, without one, a tenant that was deleted."""

    tenant_id: UUID
    account_id: UUID | None


async def note_erasure(house: House, tenant_id: UUID, account_id: UUID) -> None:
    """Writes down that the account is to be forgotten, before it is."""
    await _write(house, f"{ERASURES}{tenant_id}/{account_id}.json")


async def note_deletion(house: House, tenant_id: UUID) -> None:
    """Writes down that the tenant is to be forgotten, before it is."""
    await _write(house, f"{DELETIONS}{tenant_id}.json")


async def _write(house: House, key: str) -> None:
    # Never written over: the first time counts.
    if not await house.storage.exists(PLATFORM, key):
        body = orjson.dumps({"at": house.clock.now().isoformat()})
        await house.storage.put(PLATFORM, key, body, "application/json")


async def all_erased(house: House) -> Sequence[Erased]:
    """Everything on the ledger, deleted tenants first."""
    deletions = [
        Erased(UUID(key.removeprefix(DELETIONS).removesuffix(".json")), None)
        for key in await house.storage.keys(PLATFORM, DELETIONS, ALL_TIMES)
    ]
    erasures = []
    for key in await house.storage.keys(PLATFORM, ERASURES, ALL_TIMES):
        tenant, _, account = key.removeprefix(ERASURES).removesuffix(".json").partition("/")
        erasures.append(Erased(UUID(tenant), UUID(account)))
    return [*deletions, *erasures]
