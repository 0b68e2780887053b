"""A category is added to the tree."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from fourfold.commerce.categories import queries, tables
from fourfold.commerce.categories.rules import MOST_LEVELS, levels_of
from fourfold.commerce.categories.shapes import Name, Position, Slug
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid
from fourfold.ground.work import Work


class CategorySlugTaken(Conflict):
    """409: another category has the slug."""

    code = "commerce.category_slug_taken"
    title = "Another category has this slug"


class NoSuchParent(Invalid):
    """422: the parent does not exist."""

    code = "commerce.no_such_parent"
    title = "There is no such parent category"


class TreeTooDeep(Conflict):
    """409: the tree would have too many levels."""

    code = "commerce.tree_too_deep"
    title = f"The tree has at most {MOST_LEVELS} levels"


class AddCategory(BaseModel):
    """A new category, at the top or below `parent_id`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name
    slug: Slug
    parent_id: UUID | None = None
    position: Position = 0


async def add_category(work: Work, ask: AddCategory) -> UUID:
    """Adds the category; raises `CategorySlugTaken` and `NoSuchParent`."""
    await tables.lock_tree(work.db, work.who.tenant_id)
    above = await path_of_parent(work, ask.parent_id)
    if levels_of(above) >= MOST_LEVELS:
        raise TreeTooDeep
    category_id = new_id()
    if not await tables.insert_category(
        work.db, work.who.tenant_id, category_id, ask.parent_id, ask.name, ask.slug, f"{above}{category_id}/",
        ask.position, work.now,
    ):  # fmt: skip
        raise CategorySlugTaken(errors=[FieldError("slug", "Another category has this slug.", "taken")])
    return category_id


async def path_of_parent(work: Work, parent_id: UUID | None) -> str:
    """The path that a child's path begins with: "/" at the top; raises `NoSuchParent`."""
    if parent_id is None:
        return "/"
    parent = await queries.category_with_id(work.db, parent_id)
    if parent is None:
        raise NoSuchParent(errors=[FieldError("parent_id", f"There is no category {parent_id}.", "unknown")])
    return str(parent["path"])
