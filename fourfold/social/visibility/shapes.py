"""What leaves of people, posts and comments: the same for REST, GraphQL and sockets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.polls.rules import has_ended, shows_results

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


class ShownChoice(BaseModel):
    """What one may choose in a poll."""

    id: UUID
    text: str = Field(examples=["Tea"])
    votes: int | None = Field(description="How many have chosen it; null where that is not shown yet.", examples=[3])


class ShownPoll(BaseModel):
    """A poll, as this viewer sees it; who else has voted for what, nobody is told."""

    choices: list[ShownChoice]
    multiple: bool = Field(description="Whether one may choose several.", examples=[False])
    minutes: int = Field(description="How long one may vote, from its publishing on.", examples=[1440])
    hide_results: bool = Field(
        description="Whether one is shown how many chose what only once one has voted, or it has ended."
    )
    ends_at: datetime | None = Field(description="Until when one may vote; null before it is published.")
    ended: bool = Field(examples=[False])
    voters: int = Field(description="How many have voted.", examples=[5])
    own_choice_ids: list[UUID] = Field(description="What the viewer has chosen.")

    @classmethod
    def of(cls, poll: Mapping[str, Any], own: Sequence[UUID], now: datetime) -> "ShownPoll":
        """From a post's poll as it is kept, for somebody who has chosen so."""
        is_shown = shows_results(poll, now, voted=bool(own))
        return cls(
            choices=[
                ShownChoice(
                    id=each["id"], text=each["text"], votes=poll["votes"][str(each["id"])] if is_shown else None
                )
                for each in poll["choices"]
            ],
            multiple=poll["multiple"],
            minutes=poll["minutes"],
            hide_results=poll["hide_results"],
            ends_at=poll["ends_at"],
            ended=has_ended(poll, now),
            voters=poll["voters"],
            own_choice_ids=list(own),
        )


class ShownPreviewPicture(BaseModel):
    """A picture of a page, as it is served here."""

    url: str = Field(description="Where it is served, to those who may see the post.")
    width: int = Field(examples=[640])
    height: int = Field(examples=[360])


class ShownPreview(BaseModel):
    """What the page says of itself to which the first link of a post leads: plain text, never markup."""

    url: str = Field(examples=["https://example.com/news"])
    title: str = Field(examples=["News"])
    description: str = Field(examples=["What is new"])
    site_name: str = Field(examples=["Example"])
    picture: ShownPreviewPicture | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], post_id: UUID) -> "ShownPreview":
        """From a document of the room of previews, beside a post."""
        picture = None
        if row["picture"] is not None:
            url = f"/v1/social/posts/{post_id}/preview/picture"
            picture = ShownPreviewPicture(url=url, width=row["picture"]["width"], height=row["picture"]["height"])
        told = {name: row[name] for name in ("url", "title", "description", "site_name")}
        return cls(**told, picture=picture)


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
    poll: ShownPoll | None = Field(None, description="What its readers are asked.")
    preview: ShownPreview | None = Field(None, description="The page to which its first link leads, once it is known.")
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
