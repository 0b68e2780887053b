"""What leaves of reactions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.visibility.shapes import ReactionKind, ShownPerson


class ReactionShape(BaseModel):
    """The caller's reaction, as it is now."""

    target_kind: Literal["post", "comment"]
    target_id: UUID = Field(description="What it is to; of a repost, what that passes on.")
    kind: ReactionKind


class ReactedShape(BaseModel):
    """A person who has reacted, how, and when."""

    person: ShownPerson
    kind: ReactionKind
    at: datetime
