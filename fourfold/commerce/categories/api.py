"""Ways in to the tree of categories."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Path, Request, Response

from fourfold.commerce.categories import queries
from fourfold.commerce.categories.add import AddCategory, add_category
from fourfold.commerce.categories.count import product_counts
from fourfold.commerce.categories.edit import (
    EditCategory,
    NoSuchCategory,
    category_tag,
    edit_category,
    remove_category,
)
from fourfold.commerce.categories.shapes import CategoryShape, CategoryTree, branches_of
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Page
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "categories")

Looking = Annotated[View, public(opens=View)]
Writing = Annotated[Work, may("commerce:categories:write")]
Reference = Annotated[
    str, Path(alias="category_id", max_length=255, description="The category's id or slug.", examples=["shoes"])
]


async def _shown(view: View, row: asyncpg.Record | None, response: Response) -> CategoryShape:
    if row is None:
        raise NoSuchCategory
    response.headers["ETag"] = category_tag(row["id"], row["version"])
    return CategoryShape.of(row, await product_counts(view))


async def _all(view: View) -> list[CategoryShape]:
    counts = await product_counts(view)
    return [CategoryShape.of(row, counts) for row in await queries.all_categories(view.db)]


@router.post("/categories", status_code=201, summary="Add a category", responses=problems(401, 403, 409))
async def add_category_here(ask: AddCategory, work: Writing, response: Response) -> CategoryShape:
    """Adds a category at the top of the tree, or below another one, to any depth up to 50 levels."""
    category_id = await add_category(work, ask)
    response.headers["Location"] = f"/v1/commerce/categories/{category_id}"
    return await _shown(work, await queries.category_with_id(work.db, category_id), response)


@router.get("/categories", summary="List the categories", responses=problems(404))
async def list_categories_here(view: Looking) -> Page[CategoryShape]:
    """All categories, parents before their children, with the number of products on sale in and below each.

    In large shops the numbers may be 15 seconds old.
    """
    return Page(items=await _all(view), next=None)


@router.get("/categories/tree", summary="Show the tree of categories", responses=problems(404))
async def category_tree_here(view: Looking) -> CategoryTree:
    """The same as a tree."""
    return CategoryTree(items=branches_of(await _all(view)))


@router.get("/categories/{category_id}", summary="Show a category", responses=problems(404))
async def show_category_here(reference: Reference, view: Looking, response: Response) -> CategoryShape:
    """One category by its id or slug."""
    try:
        row = await queries.category_with_id(view.db, UUID(reference))
    except ValueError:
        row = await queries.category_with_slug(view.db, reference)
    return await _shown(view, row, response)


@router.patch(
    "/categories/{category_id}", summary="Edit or move a category", responses=problems(401, 403, 404, 409, 412)
)
async def edit_category_here(
    category_id: UUID, ask: EditCategory, request: Request, work: Writing, response: Response
) -> CategoryShape:
    """Renames a category, or moves it with all below it; below itself it cannot go."""
    await edit_category(work, request, category_id, ask)
    return await _shown(work, await queries.category_with_id(work.db, category_id), response)


@router.delete(
    "/categories/{category_id}",
    status_code=204,
    summary="Remove a category",
    responses=problems(401, 403, 404, 409, 412),
)
async def remove_category_here(category_id: UUID, request: Request, work: Writing) -> None:
    """Removes a category that has neither categories nor products, drafts included."""
    await remove_category(work, request, category_id)
