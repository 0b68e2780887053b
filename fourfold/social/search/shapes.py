"""What leaves of searches, beside posts and people themselves."""

from pydantic import BaseModel, Field


class HashtagShape(BaseModel):
    """A hashtag, and how much there is of it for the searcher."""

    tag: str = Field(description="Without its sign, in small letters.", examples=["summer"])
    posts: int = Field(description="How many posts with it they may see, of the latest 500 found.", examples=[12])


class FollowedHashtag(BaseModel):
    """A hashtag that the caller follows."""

    tag: str = Field(examples=["summer"])
