"""A tenant is opened, with its owner."""

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, field_validator

from fourfold.contracts.core import TenantOpened
from fourfold.core.accounts.register import Register, hash_of_new, register_account
from fourfold.core.tenants import tables
from fourfold.core.tenants.shapes import TenantShape
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict
from fourfold.ground.who import Who
from fourfold.ground.work import begin

# Names of hosts that people take for the platform's own. Where -- follows two letters, a name is of another script.
RESERVED = frozenset(
    {"admin", "api", "app", "assets", "console", "docs", "localhost", "mail", "static", "status", "www"}
)


class OpenTenant(BaseModel):
    """A company that wants to be a tenant."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=200, examples=["Harbour Market"])
    slug: str = Field(min_length=2, max_length=63, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", examples=["harbour"])
    owner: Register

    @field_validator("slug")
    @classmethod
    def _is_free_to_take(cls, slug: str) -> str:
        if slug in RESERVED or slug[2:4] == "--":
            raise ValueError("this name of a host means something else; choose another")
        return slug


class SlugTaken(Conflict):
    """409: another tenant has the slug."""

    code = "core.slug_taken"
    title = "Another tenant has this slug"


async def open_tenant(house: House, ask: OpenTenant) -> TenantShape:
    """Adds the tenant and its owner's account in one transaction; raises `SlugTaken`."""
    password_hash = await hash_of_new(ask.owner)
    tenant_id = new_id()
    who = Who.system(tenant_id, ask.slug)
    try:
        async with begin(house, who) as work:
            await tables.insert_tenant(work.db, tenant_id, ask.slug, ask.name, work.now)
            work.note("core.tenants.opened", f"tenant:{tenant_id}", after={"slug": ask.slug})
            work.emit(TenantOpened(tenant_id=tenant_id, slug=ask.slug, name=ask.name))
            await register_account(work, ask.owner, password_hash, ("owner",))
    except asyncpg.UniqueViolationError as problem:
        raise SlugTaken(f"The slug {ask.slug} is taken; choose another.") from problem
    return TenantShape(id=tenant_id, slug=ask.slug, name=ask.name, status="active")
