"""What leaves of collections of bookmarks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class BookmarkCollectionShape(BaseModel):
    """A collection of bookmarks."""

    id: UUID
    by: UUID = Field(description="Whose it is.")
    name: str = Field(examples=["Recipes"])
    shared: bool = Field(description="Whether others may look into it.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "BookmarkCollectionShape":
        """A document as it leaves."""
        return cls(id=row["_id"], by=row["by"], name=row["name"], shared=row["shared"])
