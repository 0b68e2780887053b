"""A category is renamed, moved with all below it, or removed."""

from uuid import UUID

import asyncpg
from fastapi import Request
from pydantic import BaseModel, ConfigDict

from fourfold.commerce.categories import queries, tables
from fourfold.commerce.categories.add import CategorySlugTaken, TreeTooDeep, path_of_parent
from fourfold.commerce.categories.rules import MOST_LEVELS, closes_a_circle, levels_of
from fourfold.commerce.categories.shapes import Name, Position, Slug
from fourfold.commerce.search.jobs import Affected, refresh_affected
from fourfold.commerce.search.refresh import CATALOGUE
from fourfold.ground.answers import must_match, tag_of
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work


class NoSuchCategory(NotFound):
    """404: there is no such category."""

    code = "commerce.no_such_category"


class CategoryCycle(Conflict):
    """409: a category cannot hang below itself."""

    code = "commerce.category_cycle"
    title = "A category cannot be moved below itself"


class CategoryInUse(Conflict):
    """409: categories or products are still in it."""

    code = "commerce.category_in_use"
    title = "The category is not empty"


class EditCategory(BaseModel):
    """What is to change; `parent_id` null moves the category to the top."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name = "-"
    slug: Slug = "-"
    parent_id: UUID | None = None
    position: Position = 0


def category_tag(category_id: UUID, version: int) -> str:
    """The entity tag of a category."""
    return tag_of("category", category_id, version)


async def edit_category(work: Work, request: Request, category_id: UUID, ask: EditCategory) -> None:
    """Changes what was sent. All below moves along; a circle is refused, also when two moves meet."""
    await tables.lock_tree(work.db, work.who.tenant_id)
    row = await _open(work, request, category_id)
    if "parent_id" in ask.model_fields_set and ask.parent_id != row["parent_id"]:
        await _move(work, row, ask.parent_id)
    work.changed(dict(row), ask.model_dump(include=ask.model_fields_set))
    changes = ask.model_dump(include=ask.model_fields_set - {"parent_id"})
    if changes:
        try:
            await tables.update_category(work.db, category_id, changes)
        except asyncpg.UniqueViolationError as problem:
            raise CategorySlugTaken from problem
    # Counts show a category's place and slug.
    work.outdate(CATALOGUE)
    if changes.get("name", row["name"]) != row["name"]:
        await refresh_affected(work, Affected(category_id=category_id))


async def remove_category(work: Work, request: Request, category_id: UUID) -> None:
    """Removes a category in which nothing is left; raises `CategoryInUse`."""
    await tables.lock_tree(work.db, work.who.tenant_id)
    await _open(work, request, category_id)
    if await queries.in_use(work.db, category_id):
        raise CategoryInUse
    try:
        await tables.delete_category(work.db, category_id)
    except asyncpg.ForeignKeyViolationError as problem:
        raise CategoryInUse from problem


async def _open(work: Work, request: Request, category_id: UUID) -> asyncpg.Record:
    row = await queries.category_with_id(work.db, category_id)
    if row is None:
        raise NoSuchCategory
    must_match(request, category_tag(category_id, row["version"]))
    return row


async def _move(work: Work, row: asyncpg.Record, parent_id: UUID | None) -> None:
    above = await path_of_parent(work, parent_id)
    if closes_a_circle(row["path"], above):
        raise CategoryCycle
    deepest = levels_of(await queries.longest_path_below(work.db, row["path"])) - levels_of(row["path"])
    if levels_of(above) + 1 + deepest > MOST_LEVELS:
        raise TreeTooDeep
    await tables.move_subtree(work.db, row["id"], parent_id, row["path"], f"{above}{row['id']}/")
