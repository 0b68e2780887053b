"""Categories that an import names are made when they are missing."""

from collections.abc import Mapping
from uuid import UUID

from fourfold.commerce.categories import queries, tables
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


async def ensure_categories(work: Work, slugs_to_names: Mapping[str, str]) -> dict[str, UUID]:
    """Slug → id of all these categories; missing ones are made at the top of the tree."""
    if not slugs_to_names:
        return {}
    slugs = sorted(slugs_to_names)
    found = await queries.ids_of_slugs(work.db, slugs)
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        names = [slugs_to_names[slug] for slug in missing]
        await tables.insert_roots(work.db, work.who.tenant_id, [new_id() for _ in missing], names, missing, work.now)
        found = await queries.ids_of_slugs(work.db, slugs)
    return found
