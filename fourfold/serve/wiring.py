"""Opens a house for a process: pools, clients, and the services' answers to each other."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import FastAPI

from fourfold.business.usage.drain import Drain
from fourfold.core.access.identify import Identify
from fourfold.core.access.process import Access
from fourfold.core.access.tokens import TokenReader
from fourfold.core.accounts.passwords import hash_with
from fourfold.core.roles.rights import Rights
from fourfold.core.settings.queries import loader
from fourfold.core.signing.ring import KeyRing
from fourfold.core.signing.rotate import keep_turning
from fourfold.ground.changes import Changes
from fourfold.ground.clock import Clock, SystemClock
from fourfold.ground.configuration import Configuration
from fourfold.ground.db import open_pool
from fourfold.ground.house import House
from fourfold.ground.service import Service, collections_of, neighbours_of, sealed_places_of
from fourfold.ground.settings import Settings
from fourfold.ground.storage import open_storage
from fourfold.ground.traces import open_traces
from fourfold.ground.valkey import open_valkey
from fourfold.serve.figures.pulse import Pulse

if TYPE_CHECKING:
    from fourfold.ground.document_store import DocumentStore


class NotConfigured(RuntimeError):
    """A server's address is missing."""


async def open_house(
    settings: Settings,
    services: Sequence[Service],
    *,
    clock: Clock | None = None,
    as_worker: bool = False,
    known: Sequence[Service] = (),
) -> House:
    """The house of a process; `as_worker` uses the role that may empty the queues of all tenants.

    `known` are all services that there are, for a process of only some: new keys have to reach what each has sealed.
    """
    url = (settings.postgres_worker_url if as_worker else None) or settings.postgres_url
    if url is None or settings.valkey_url is None:
        reason = "set FOURFOLD_POSTGRES_URL and FOURFOLD_VALKEY_URL, or use `fourfold up`, which brings both along"
        raise NotConfigured(reason)
    hash_with(settings.password_memory_kib)
    name = "fourfold worker" if as_worker else "fourfold api"
    is_traced = settings.otlp_url is not None
    pool = await open_pool(url, settings.postgres_pool, name=name, traced=is_traced)
    time = clock or SystemClock()
    valkey, storage = open_valkey(settings.valkey_url, traced=is_traced), open_storage(settings)
    house = House(settings, time, pool, valkey, storage, Changes(pool, time))
    house.traces = open_traces(settings.otlp_url, settings.trace_ratio, name)
    house.neighbours = neighbours_of(services, house)
    declared = [each for service in known or services for each in service.settings]
    house.steps = [each for service in known or services for each in service.steps]
    house.personal = [each for service in known or services for each in service.personal]
    house.configuration = Configuration(house.changes, declared, loader(pool), lambda: time.now().timestamp())
    house.sealer.list_places(sealed_places_of(known or services))
    # A worker erases what is left of tenants, whichever system it works for.
    needs_documents = collections_of(services) or (as_worker and settings.mongo_url and collections_of(known))
    if needs_documents and settings.mongo_url is not None:
        house.collections = collections_of(known or services)
        house.documents = await _open_documents(settings, house, name)
    return house


def refuse_without_documents(settings: Settings, services: Sequence[Service]) -> None:
    """Raises `NotConfigured` where documents should be served, and there is no server for them."""
    if collections_of(services) and settings.mongo_url is None:
        raise NotConfigured("set FOURFOLD_MONGO_URL, or use `fourfold up`, which brings such a server along")


async def _open_documents(settings: Settings, house: House, name: str) -> "DocumentStore":
    """The way to MongoDB. Its driver is loaded here, so that only processes which keep documents pay for it.

    In development whoever comes first brings the database to its shape; in production `fourfold migrate` does.
    """
    store: DocumentStore = import_module("fourfold.ground.document_store").open_documents(
        settings.mongo_url, settings.mongo_pool, name
    )
    if settings.development:
        await import_module("fourfold.ground.document_shapes").apply_shapes(store, house.collections)
    return store


def rights_of(services: Sequence[Service]) -> dict[str, frozenset[str]]:
    """The permissions of each built-in role, from what the services declare."""
    roles: dict[str, set[str]] = {}
    for service in services:
        for permission, holders in service.permissions.items():
            for role in holders:
                roles.setdefault(role, set()).add(permission)
    return {role: frozenset(permissions) for role, permissions in roles.items()}


async def open_access(house: House, services: Sequence[Service]) -> Access:
    """What the door needs to know who is who: the signing keys, and what roles may do."""
    ring = KeyRing(house)
    await ring.load()
    rights = Rights(house, rights_of(services))
    return Access(ring, Identify(house, TokenReader(ring), rights), rights)


async def move_in(app: FastAPI, house: House, services: Sequence[Service]) -> asyncio.Task[None]:
    """Gives an application its house; the task it returns follows changes until it is cancelled."""
    await house.changes.load()
    access = await open_access(house, services)
    app.state.house, app.state.access, app.state.identify = house, access, access.identify
    return asyncio.create_task(_follow(house, access.ring), name="changes")


async def _follow(house: House, ring: KeyRing) -> None:
    pulse = Pulse(house, "api").keep_on()
    await asyncio.gather(house.changes.keep_fresh(), keep_turning(house, ring), Drain(house).keep_on(), pulse)


async def move_out(house: House, task: asyncio.Task[None]) -> None:
    """Stops what `move_in` started, and closes the house."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await house.close()
