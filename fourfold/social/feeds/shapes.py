"""What leaves of trends."""

from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.visibility.shapes import ShownPost


class TrendingHashtag(BaseModel):
    """A hashtag that more people use than before."""

    hashtag: str = Field(examples=["gardening"])
    people: int = Field(description="How many people have used it in public within a day.", examples=[12])


class TrendsShape(BaseModel):
    """What many talk about."""

    hashtags: list[TrendingHashtag] = Field(description="The one that grows most first.")
    posts: list[ShownPost] = Field(description="Those of which people make the most of late first.")


class FoundTrends(BaseModel):
    """The same as it is kept for some seconds: for everybody alike, so with posts by their ids only."""

    hashtags: list[TrendingHashtag]
    posts: list[UUID]
