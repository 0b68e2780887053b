"""Generations: a tenant's subjects, such as "catalogue", have a random name that is another one after each change.

They are kept in PostgreSQL and change in the transaction of the change, so whoever sees the change sees them, too; and
nothing that happens to Valkey can bring an old one back.
"""

from collections.abc import Collection
from uuid import UUID

from fourfold.ground.closing import calling
from fourfold.ground.db import Connection

_NOW = "SELECT generation::text FROM ground.generation WHERE subject = $1"


async def generation_of(db: Connection, subject: str) -> str:
    """The subject's generation for the transaction's tenant; "first" as long as nothing has changed."""
    return str(await db.fetchval(_NOW, subject) or "first")


def outdated_told(tenant_id: UUID, subjects: Collection[str]) -> str:
    """The statement that begins another generation of the subjects; it may travel with COMMIT."""
    return calling("ground.turn_generations", {"tenant_id": tenant_id, "subjects": sorted(subjects)})
