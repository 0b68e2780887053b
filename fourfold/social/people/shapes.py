"""What leaves of people: their profiles for others, and all of it for themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from fourfold.social.visibility.shapes import ShownPerson

Seen = Literal["public", "followers", "friends", "me"]
Circle = Literal["everyone", "followers", "friends", "nobody"]


class PersonCounts(BaseModel):
    """How many there are, without those from whom the viewer is cut off; null when they are not for the viewer."""

    followers: int | None = Field(examples=[12])
    following: int | None = Field(examples=[7])
    friends: int | None = Field(examples=[3])
    posts: int = Field(description="Public ones.", examples=[40])


class BetweenShape(BaseModel):
    """What the viewer is to a person."""

    follow: Literal["no", "asked", "yes"] = Field(description="Whether the viewer follows them.")
    followed: Literal["no", "asked", "yes"] = Field(description="Whether they follow the viewer.")
    friend: Literal["no", "asked", "asks", "friends"] = Field(
        description="`asked`: the viewer has asked them; `asks`: they have asked the viewer."
    )
    muted: bool = Field(description="Whether the viewer has muted them.")


class ProfileShape(ShownPerson):
    """A person, as this viewer sees them; parts that are not for the viewer are null."""

    bio: str | None = Field(examples=["Poetical science."])
    links: list[str] | None = Field(examples=[["https://example.com"]])
    location: str | None = Field(examples=["London"])
    cover_url: str | None
    visibility: Literal["public", "protected"]
    counts: PersonCounts
    you: BetweenShape | None = Field(description="What the viewer is to them; null for visitors and for oneself.")
    created_at: datetime


class PersonSettingsShape(BaseModel):
    """Who may do and see what."""

    follow: Literal["everyone", "nobody"] = "everyone"
    message: Circle = "everyone"
    mention: Circle = "everyone"
    find: Literal["everyone", "nobody"] = "everyone"
    find_by_email: Literal["everyone", "nobody"] = "nobody"
    find_by_phone: Literal["everyone", "nobody"] = "nobody"
    connections: Literal["everyone", "followers", "friends", "me"] = "everyone"
    presence: Circle = "everyone"


class ShownFieldsShape(BaseModel):
    """Who sees which part of the profile."""

    bio: Seen = "public"
    links: Seen = "public"
    location: Seen = "public"


class OwnProfileShape(ShownPerson):
    """The caller as a person of the community."""

    bio: str
    links: list[str]
    location: str
    cover_url: str | None
    visibility: Literal["public", "protected"]
    state: Literal["active", "suspended", "erased"]
    settings: PersonSettingsShape
    fields: ShownFieldsShape
    counts: PersonCounts
    created_at: datetime
    version: int = Field(description="Rises with each edit; the entity tag that `If-Match` names.", examples=[1])

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "OwnProfileShape":
        """A document as it leaves to whom it is about."""
        return cls(
            id=row["_id"],
            handle=row["handle"],
            name=row["name"],
            avatar_url=picture_url(row, "avatar"),
            cover_url=picture_url(row, "cover"),
            badge=row.get("badge"),
            bio=row.get("bio", ""),
            links=row.get("links", []),
            location=row.get("location", ""),
            visibility=row["visibility"],
            state=row["state"],
            settings=PersonSettingsShape(**_known(PersonSettingsShape, row.get("settings"))),
            fields=ShownFieldsShape(**_known(ShownFieldsShape, row.get("fields"))),
            counts=PersonCounts(**row["counts"]),
            created_at=row["created_at"],
            version=row.get("version", 1),
        )


def picture_url(row: Mapping[str, Any], kind: Literal["avatar", "cover"]) -> str | None:
    """Where a picture of a person is served, if they have one."""
    return f"/v1/social/people/{row['_id']}/{kind}" if row.get(kind) else None


def _known(shape: type[BaseModel], kept: Mapping[str, Any] | None) -> dict[str, Any]:
    # Other rooms keep settings of theirs beside these.
    return {name: value for name, value in (kept or {}).items() if name in shape.model_fields}
