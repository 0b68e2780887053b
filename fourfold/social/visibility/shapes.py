"""What leaves of people, posts and comments: the same for REST, GraphQL and sockets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Audience = Literal["public", "followers", "friends", "group", "me"]
PostState = Literal["draft", "scheduled", "published", "held", "deleted"]
PostKind = Literal["post", "repost", "quote"]
ReactionKind = Literal["like", "love", "laugh", "angry", "sad"]


class ShownPerson(BaseModel):
    """A person, as far as they are shown beside what they have done."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    handle: str = Field(examples=["ada"])
    name: str = Field(examples=["Ada"])
    avatar_url: str | None = Field(None, description="A picture of them, if they have one.", examples=[None])
    badge: str | None = Field(None, description="What the community has verified of them.", examples=[None])


class Counts(BaseModel):
    """How many there are, without those of people from whom the viewer is cut off."""

    like: int = Field(0, examples=[3])
    love: int = Field(0, examples=[1])
    laugh: int = Field(0, examples=[0])
    angry: int = Field(0, examples=[0])
    sad: int = Field(0, examples=[0])
    comments: int = Field(0, examples=[2])
    shares: int = Field(0, description="Reposts and quotes.", examples=[0])


class ReactionCounts(BaseModel):
    """How many reactions of each kind there are, without those of people from whom the viewer is cut off."""

    like: int = Field(0, examples=[3])
    love: int = Field(0, examples=[1])
    laugh: int = Field(0, examples=[0])
    angry: int = Field(0, examples=[0])
    sad: int = Field(0, examples=[0])


class Unavailable(BaseModel):
    """What a post refers to is not there for the viewer."""

    unavailable: Literal[True] = True


class ShownVariant(BaseModel):
    """One form in which a picture or a video is served."""

    name: str = Field(description="Pixels across at most; or `video`, or `poster`.", examples=["1280"])
    url: str = Field(description="Where it is served, to those who may see the post.")
    width: int | None = Field(examples=[1280])
    height: int | None = Field(examples=[720])
    bytes: int = Field(examples=[90412])
    type: str = Field(examples=["image/webp"])


class ShownMedium(BaseModel):
    """A picture or a video of a post; while something is made of it, it is `processing` and has no variants."""

    id: UUID
    kind: Literal["image", "video"]
    state: Literal["processing", "ready", "failed"]
    url: str = Field(description="Where it is served, to those who may see the post.")
    alt: str = Field(description="What is to be seen, for those who cannot see it.", examples=["A cat on a roof"])
    width: int | None = Field(examples=[1280])
    height: int | None = Field(examples=[720])
    seconds: float | None = Field(description="How long a video is.", examples=[12.5])
    blurhash: str | None = Field(
        description="How it looks before it is there.", examples=["LEHV6nWB2yk8pyo0adR*.7kCMdnj"]
    )
    variants: list[ShownVariant]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ShownMedium":
        """From a document of the media room."""
        url = f"/v1/social/media/{row['_id']}/content"
        told = ("width", "height", "bytes", "type")
        return cls(
            id=row["_id"],
            kind=row["kind"],
            state="processing" if row["state"] == "waiting" else row["state"],
            url=url,
            alt=row["alt"],
            width=row["width"],
            height=row["height"],
            seconds=row["seconds"],
            blurhash=row["blurhash"],
            variants=[
                ShownVariant(name=name, url=f"{url}?variant={name}", **{each: made[each] for each in told})
                for name, made in row["variants"].items()
            ],
        )


class ShownPost(BaseModel):
    """A post, as this viewer sees it."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    author: ShownPerson
    text: str = Field(description="As it was written, in Markdown; empty for a repost.", examples=["Hello, *world*"])
    html: str = Field(description="Clean HTML of it.", examples=["<p>Hello, <em>world</em></p>"])
    audience: Audience
    state: PostState
    kind: PostKind
    original: "ShownPost | Unavailable | None" = Field(
        None, description="What a repost or a quote refers to; `unavailable` when it is not there for the viewer."
    )
    mentions: list[ShownPerson]
    hashtags: list[str] = Field(examples=[["hello"]])
    media: list[ShownMedium]
    publish_at: datetime | None = Field(None, description="When a scheduled post goes out.")
    time_zone: str | None = Field(None, description="The time zone in which it was scheduled.")
    created_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    version: int = Field(description="Rises with each edit; the entity tag that `If-Match` names.", examples=[1])
    counts: Counts
    own_reaction: ReactionKind | None = Field(description="The viewer's own reaction.")
    bookmarked: bool = Field(description="Whether the viewer has bookmarked it.")
    why: dict[str, str] | None = Field(None, description="In feeds: why it is there.")


class ShownComment(BaseModel):
    """A comment, as this viewer sees it; a deleted one with answers is a place without author and text."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: ShownPerson | None
    text: str
    html: str
    state: Literal["published", "held", "deleted"]
    depth: int
    kids: int
    counts: ReactionCounts
    own_reaction: ReactionKind | None
    replies: "Replies | None" = Field(None, description="The first answers, in lists that show them.")
    created_at: datetime
    edited_at: datetime | None
    version: int


class Replies(BaseModel):
    """The first answers to a comment, and the cursor of the next ones."""

    items: list[ShownComment]
    next: str | None


class StepShape(BaseModel):
    """One rule that was asked."""

    rule: str = Field(examples=["audience"])
    says: Literal["allow", "deny", "go on"]


class ExplanationShape(BaseModel):
    """Whether somebody sees a post, and why."""

    allow: bool
    reason: str = Field(description="The rule that decided it.", examples=["audience"])
    trace: list[StepShape] = Field(description="All rules that were asked, in their order.")


class ChangeShape(BaseModel):
    """A piece of the text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


class VersionShape(BaseModel):
    """What a post said at one time."""

    version: int = Field(examples=[1])
    text: str | None = Field(description="What it said; null when that cannot be read.", examples=["Hello"])
    redacted: bool = Field(
        description="Whether that cannot be read: its author has erased it, or it was not for the caller then."
    )
    at: datetime = Field(description="Since when it said that.")
    changes: list[ChangeShape] | None = Field(
        description="How it differs from the version before; null for the first one, and beside erased ones."
    )
