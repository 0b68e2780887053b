"""What leaves of ties: what two people are to each other, and requests that wait."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.ties.rules import Bond
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.rules import PersonFacts
from fourfold.social.visibility.shapes import ShownPerson


class TieShape(BaseModel):
    """What the caller is to somebody."""

    person: ShownPerson
    follow: Literal["no", "asked", "yes"] = Field(description="Whether the caller follows them.")
    followed: Literal["no", "asked", "yes"] = Field(description="Whether they follow the caller.")
    friend: Literal["no", "asked", "asks", "friends"] = Field(
        description="`asked`: the caller has asked them; `asks`: they have asked the caller."
    )
    muted: bool = Field(description="Whether the caller has muted them.")

    @classmethod
    def of(cls, person: PersonFacts, bond: Bond) -> "TieShape":
        """A tie as it leaves to the first person of it."""
        told = {"follow": bond.follow, "followed": bond.followed, "friend": bond.friend, "muted": bond.mute}
        return cls.model_validate({"person": as_shown(person), **told})


class FriendRequestShape(BaseModel):
    """A request to be friends."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    status: Literal["pending", "accepted", "declined"]
    direction: Literal["sent", "received"] = Field(description="As the caller sees it.")
    person: ShownPerson = Field(description="The other one.")
    at: datetime


class FollowRequestShape(BaseModel):
    """Somebody's request to follow the caller."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    person: ShownPerson
    at: datetime


class MutualsShape(BaseModel):
    """Friends that the caller has in common with somebody."""

    items: list[ShownPerson]
    next: str | None = Field(None, description="The cursor of the next page; null at the end.")
    total: int = Field(description="How many there are on all pages together.", examples=[12])


class SuggestionShape(BaseModel):
    """Somebody whom the caller may know."""

    person: ShownPerson
    mutuals: int = Field(description="How many friends they have in common.", examples=[4])
