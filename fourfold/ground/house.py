"""The house: what one process shares, opened once and handed on to every piece of work."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fourfold.ground.allowances import Allowances
from fourfold.ground.audit import Scribe
from fourfold.ground.changes import Changes
from fourfold.ground.clock import Clock
from fourfold.ground.configuration import Configuration, Setting, Value
from fourfold.ground.denials import Denials
from fourfold.ground.limits import Limits
from fourfold.ground.pool import Pool
from fourfold.ground.rates import Rates
from fourfold.ground.sealing import Sealer
from fourfold.ground.settings import Settings
from fourfold.ground.spool import Spool
from fourfold.ground.storage import Storage
from fourfold.ground.traces import Traces
from fourfold.ground.valkey import Valkey

if TYPE_CHECKING:
    from fourfold.ground.collection import Collection
    from fourfold.ground.document_store import DocumentStore
    from fourfold.ground.onboarding import Step
    from fourfold.ground.personal import PersonalData


@dataclass(slots=True)
class House:
    """Servers, settings, clock and neighbours of one process.

    `neighbours` maps a port (a Protocol of `contracts`) to whatever answers it here, near or far.
    """

    settings: Settings
    clock: Clock
    pool: Pool
    valkey: Valkey
    storage: Storage
    changes: Changes
    neighbours: Mapping[type, Any] = field(default_factory=dict)
    configuration: Configuration = field(default_factory=Configuration)
    personal: Sequence["PersonalData"] = ()
    steps: Sequence["Step"] = ()
    documents: "DocumentStore | None" = None
    collections: Sequence["Collection"] = ()
    traces: Traces | None = None
    sealer: Sealer = field(init=False)
    limits: Limits = field(init=False)
    rates: Rates = field(init=False)
    scribe: Scribe = field(init=False)
    denials: Denials = field(init=False)
    allowances: Allowances = field(init=False)
    spool: Spool = field(init=False)

    def __post_init__(self) -> None:
        """Makes what needs nothing but the rest of the house."""
        self.sealer = Sealer(self.settings, self.changes, self.clock)
        self.limits = Limits(self.valkey, self.clock, self.settings.workers)
        self.rates = Rates(self.limits, self.clock, self.settings, self._chosen)
        self.scribe = Scribe(self.settings.known_secrets)
        self.denials = Denials(self.pool, self.clock, self.scribe)
        self.allowances = Allowances(self.clock, self._chosen, self.settings.files_limit)
        self.spool = Spool(self.settings.home)

    async def _chosen(self, tenant_id: UUID, setting: Setting[Value]) -> Value:
        # The configuration is handed over after the house is made.
        return await self.configuration.value(tenant_id, setting)

    async def close(self) -> None:
        """Gives back every connection."""
        await self.denials.finish()
        self.spool.close()
        await self.pool.close()
        await self.valkey.aclose()
        if self.documents is not None:
            await self.documents.close()
        if self.traces is not None:
            await asyncio.to_thread(self.traces.close)
