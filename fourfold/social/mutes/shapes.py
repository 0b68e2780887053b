"""What leaves of mutes: to whoever mutes, and to nobody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.mutes.rules import Place
from fourfold.social.visibility.shapes import ShownPost, Unavailable


class MutedWordShape(BaseModel):
    """A word, words in a row, or a hashtag that the caller does not want to meet."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    text: str = Field(examples=["spoiler alert"])
    places: list[Place] = Field(description="Where it is not to be met.", examples=[["feed", "notifications"]])
    until: datetime | None = Field(description="When that ends by itself; null for never.")
    at: datetime
    version: int = Field(description="Rises with each change; the entity tag that `If-Match` names.", examples=[1])

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "MutedWordShape":
        """A document as it leaves."""
        told = ("text", "places", "until", "at", "version")
        return cls(id=row["_id"], **{name: row[name] for name in told})


class MutedThreadShape(BaseModel):
    """A post of which the caller wants to hear no more, nor of what is said below it."""

    post_id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    post: ShownPost | Unavailable = Field(description="The post; `unavailable` when it is not there any more.")
    at: datetime
