"""Errands of the command line: acts that are done by hand, in a house of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from fourfold.core.accounts.register import Register
from fourfold.core.signing.rotate import rotate_keys
from fourfold.core.tenants.open import OpenTenant, open_tenant
from fourfold.core.tenants.queries import active_tenants
from fourfold.ground.house import House
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.serve.wiring import open_house


@asynccontextmanager
async def house_for_errand(settings: Settings, services: Sequence[Service]) -> AsyncIterator[House]:
    """A house that is closed after the errand."""
    house = await open_house(settings, services)
    try:
        yield house
    finally:
        await house.close()


async def open_tenant_by_hand(
    settings: Settings, services: Sequence[Service], slug: str, name: str, email: str, password: str
) -> dict[str, Any]:
    """Opens a tenant; raises a `Refusal` for a bad or taken slug."""
    try:
        ask = OpenTenant(name=name, slug=slug, owner=Register(email=email, password=password, name=name))
    except ValidationError as problem:
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in problem.errors()]
        raise Invalid(errors=errors) from problem
    async with house_for_errand(settings, services) as house:
        return (await open_tenant(house, ask)).model_dump(mode="json")


async def rotate_keys_by_hand(
    settings: Settings, services: Sequence[Service], minutes: int, *, compromised: bool
) -> dict[str, Any]:
    """Makes the next signing key; the keys' ids and from when the new one signs."""
    async with house_for_errand(settings, services) as house:
        rotated = await rotate_keys(house, timedelta(minutes=minutes), compromised=compromised)
    return {"id": rotated.id, "signs_from": rotated.signs_from.isoformat(), "retired": rotated.retired}


async def tenants_by_hand(settings: Settings, services: Sequence[Service]) -> list[dict[str, Any]]:
    """All tenants that are served."""
    async with house_for_errand(settings, services) as house:
        return [{"id": str(each.id), "slug": each.slug, "name": each.name} for each in await active_tenants(house.pool)]
