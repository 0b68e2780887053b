"""What leaves of categories."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

Slug = Annotated[str, Field(max_length=255, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", examples=["shoes"])]
Name = Annotated[str, Field(min_length=1, max_length=255, examples=["Shoes"])]
Position = Annotated[int, Field(ge=0, le=1_000_000, strict=True, description="Its place among its siblings.")]


class CategoryShape(BaseModel):
    """A category. `product_count` counts what is on sale in it and below; `path` are its ancestors' ids and its own."""

    id: UUID
    parent_id: UUID | None
    name: str
    slug: str
    path: list[UUID]
    depth: int = Field(description="1 at the top.")
    position: int
    product_count: int
    version: int

    @classmethod
    def of(cls, row: asyncpg.Record, counts: Mapping[UUID, int]) -> "CategoryShape":
        """From a row of `queries` and the numbers of products by category."""
        path = [UUID(step) for step in row["path"].strip("/").split("/")]
        given: dict[str, Any] = {name: row[name] for name in ("id", "parent_id", "name", "slug", "position", "version")}
        return cls(path=path, depth=len(path), product_count=counts.get(row["id"], 0), **given)


class CategoryBranch(CategoryShape):
    """A category with those below it."""

    children: list["CategoryBranch"] = []


class CategoryTree(BaseModel):
    """The whole tree."""

    items: list[CategoryBranch]


def branches_of(shapes: list[CategoryShape]) -> list[CategoryBranch]:
    """The tree of a list in which a parent comes before its children."""
    branches = {shape.id: CategoryBranch(**shape.model_dump()) for shape in shapes}
    roots: list[CategoryBranch] = []
    for branch in branches.values():
        parent = branches.get(branch.parent_id) if branch.parent_id else None
        (parent.children if parent else roots).append(branch)
    return roots
