"""What leaves of posts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class PostShape(BaseModel):
    """A post."""

    id: UUID
    author_id: UUID = Field(description="The account that wrote it.")
    text: str
    published_at: datetime

    @classmethod
    def of(cls, post: Mapping[str, Any]) -> "PostShape":
        """From a document."""
        return cls(id=post["_id"], author_id=post["author"], text=post["text"], published_at=post["at"])
