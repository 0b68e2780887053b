"""The demo: two tenants with accounts and a small shop, made by the same acts that people use."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.core.accounts.queries import account_with_email
from fourfold.core.accounts.register import Register, register_account
from fourfold.core.accounts.roles import set_roles
from fourfold.core.tenants.open import OpenTenant, SlugTaken, open_tenant
from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.house import House
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.demo_logins import DEMO_ROLES, demo_password
from fourfold.serve.wiring import open_house

TENANTS = (("demo", "Demo Market"), ("demo-two", "Second Market"))


async def seed_demo(settings: Settings, services: Sequence[Service]) -> None:
    """Fills in what is missing of the demo; done twice it changes nothing."""
    house = await open_house(settings, services)
    try:
        for slug, name in TENANTS:
            await _seed_tenant(house, slug, name, demo_password(settings))
    finally:
        await house.close()


async def _seed_tenant(house: House, slug: str, name: str, password: str) -> None:
    owner = Register(email=f"owner@{slug}.test", password=password, name="Olive Owner")
    try:
        tenant_id = (await open_tenant(house, OpenTenant(name=name, slug=slug, owner=owner))).id
    except SlugTaken:
        row = await tenant_with_slug(house.pool, slug)
        tenant_id = UUID(str(row["id"])) if row else UUID(int=0)
    async with begin(house, Who.system(tenant_id, slug)) as work:
        for role in DEMO_ROLES[1:]:
            ask = Register(email=f"{role}@{slug}.test", password=password, name=f"{role.title()} of {name}")
            await register_account(work, ask, (role,))
            account = await account_with_email(work.db, ask.email)
            if account is not None:
                await set_roles(work, account["id"], [role])
