"""Part of every start: whether the database exists, has the newest shape, and holds the demo."""

import asyncpg

from fourfold.ground.addresses import address_of
from fourfold.migrations.lines import is_current


async def make_database(admin: str) -> None:
    """Makes the embedded server's database at the first start."""
    try:
        connection = await asyncpg.connect(admin)
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(address_of(admin, role="postgres", database="postgres"))
        await connection.execute("CREATE DATABASE fourfold")
    await connection.close()


async def is_migrated(admin: str) -> bool:
    """Whether the database has every migration."""
    return await is_current(admin)


async def is_seeded(admin: str) -> bool:
    """Whether the demo tenants are there: the second is opened last."""
    connection = await asyncpg.connect(admin)
    try:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM core.tenant WHERE slug = 'demo-two')"))
    finally:
        await connection.close()
