"""The platform's own tenant with an operator, as the command line makes them."""

import asyncio

import asyncpg

from fourfold.core.accounts.register import Register
from fourfold.core.tenants.open import OpenTenant, SlugTaken, open_tenant
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import PASSWORD, Caller, Running, Tenant, database_url

EMAIL = "operator@platform.test"

_GRANT = """
INSERT INTO core.account_role (tenant_id, account_id, role, granted_at)
SELECT a.tenant_id, a.id, 'operator', now() FROM core.account a JOIN core.tenant t ON t.id = a.tenant_id
WHERE t.slug = $1 AND a.email = $2 ON CONFLICT DO NOTHING
"""


def an_operator(running: Running) -> Caller:
    """An operator of the platform, signed in; the tenant is made at the first time."""
    asyncio.run(_make(running))
    slug = running.settings.operator_tenant
    visitor = Caller(running.client, {"X-Tenant": slug})
    return Tenant(running, "", slug, visitor, visitor).sign_in(EMAIL)


async def _make(running: Running) -> None:
    house = await open_house(running.settings, ALL)
    try:
        slug = running.settings.operator_tenant
        owner = Register(email=EMAIL, password=PASSWORD, name="Olga")
        await open_tenant(house, OpenTenant(name="Platform", slug=slug, owner=owner))
    except SlugTaken:
        return
    finally:
        await house.close()
    admin = await asyncpg.connect(database_url(running.database))
    await admin.execute(_GRANT, slug, EMAIL)
    await admin.close()
