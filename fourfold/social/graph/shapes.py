"""The graph's types: what they show are the shapes of REST, whose members they name; some can be asked for more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from inspect import getdoc
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import strawberry

from fourfold.social.graph import reads
from fourfold.social.graph.limits import COST
from fourfold.social.graph.questions import Audience, ReactionKind
from fourfold.social.search.shapes import HashtagShape
from fourfold.social.visibility.shapes import ShownComment, ShownPerson, ShownPost

Shape = TypeVar("Shape", bound=type)
# What is read for each by itself costs as much as there is to read for it.
ALONE = 8


def shape(kind: Shape) -> Shape:
    """A type of the graph, told by its docstring; what it is told of has members of the same names."""
    return strawberry.type(kind, description=getdoc(kind))


def told(resolver: Callable[..., Any], answers: Any, cost: int = 1) -> Any:
    """A field that is answered by a function, told by its docstring; `answers` is a type of the graph."""
    return strawberry.field(
        resolver=resolver, graphql_type=answers, description=getdoc(resolver), metadata={COST: cost}
    )


@shape
class PersonCounts:
    """How many there are; null when they are not for the viewer."""

    followers: int | None
    following: int | None
    friends: int | None
    posts: int


@shape
class Between:
    """What the viewer is to a person: `no`, `asked` or `yes`; of friends also `asks` and `friends`."""

    follow: str
    followed: str
    friend: str
    muted: bool


@shape
class Profile:
    """What a person tells of themselves, as far as it is for the viewer."""

    bio: str | None
    links: list[str] | None
    location: str | None
    cover_url: str | None
    visibility: str
    counts: PersonCounts
    you: Between | None
    created_at: datetime


@shape
class Person:
    """A person of the community."""

    source: ClassVar[type] = ShownPerson

    id: UUID
    handle: str
    name: str
    avatar_url: str | None
    badge: str | None
    profile = told(reads.profile_of, Profile | None)
    posts = told(reads.posts_by, "PostPage", ALONE)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether something is shown as this."""
        return isinstance(value, cls.source)


@shape
class Counts:
    """How many there are, without those of people from whom the viewer is cut off."""

    like: int
    love: int
    laugh: int
    angry: int
    sad: int
    comments: int
    shares: int


@shape
class ReactionCounts:
    """How many reactions of each kind there are."""

    like: int
    love: int
    laugh: int
    angry: int
    sad: int


@shape
class Variant:
    """One form in which a picture or a video is served."""

    name: str
    url: str
    width: int | None
    height: int | None
    bytes: int
    type: str


@shape
class Medium:
    """A picture or a video of a post; while something is made of it, it is `processing` and has no variants."""

    id: UUID
    kind: str
    state: str
    url: str
    alt: str
    width: int | None
    height: int | None
    seconds: float | None
    blurhash: str | None
    variants: list[Variant]


@shape
class Choice:
    """What one may choose in a poll; `votes` is null where that is not shown yet."""

    id: UUID
    text: str
    votes: int | None


@shape
class Poll:
    """A poll, as this viewer sees it; who else has voted for what, nobody is told."""

    choices: list[Choice]
    multiple: bool
    minutes: int
    hide_results: bool
    ends_at: datetime | None
    ended: bool
    voters: int
    own_choice_ids: list[UUID]


@shape
class PreviewPicture:
    """A picture of a page, as it is served here."""

    url: str
    width: int
    height: int


@shape
class Preview:
    """What the page says of itself to which the first link of a post leads: plain text, never markup."""

    url: str
    title: str
    description: str
    site_name: str
    picture: PreviewPicture | None


@dataclass(frozen=True, slots=True)
class WhyThere:
    """Why a post is in a feed."""

    kind: str
    by: str


@shape
class Why:
    """Why a post is in the feed: `own`, `following`, `friend`, `repost` or `hashtag`, and by whom or which."""

    kind: str
    by: str


def why_of(root: ShownPost) -> WhyThere | None:
    """In feeds: why it is there."""
    return WhyThere(**root.why) if root.why else None


def original_of(root: ShownPost) -> ShownPost | None:
    """What a repost or a quote refers to, when it is there for the viewer."""
    return root.original if isinstance(root.original, ShownPost) else None


def original_unavailable(root: ShownPost) -> bool:
    """Whether it refers to something that is not there for the viewer."""
    return root.original is not None and not isinstance(root.original, ShownPost)


@shape
class Post:
    """A post, as this viewer sees it."""

    source: ClassVar[type] = ShownPost

    id: UUID
    author: Person
    text: str
    html: str
    audience: Audience
    state: str
    kind: str
    original = told(original_of, "Post | None")
    original_unavailable = told(original_unavailable, bool, 0)
    mentions: list[Person]
    hashtags: list[str]
    media: list[Medium]
    poll: Poll | None
    preview: Preview | None
    publish_at: datetime | None
    time_zone: str | None
    created_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    version: int
    counts: Counts
    own_reaction: ReactionKind | None
    bookmarked: bool
    why = told(why_of, Why | None)
    comments = told(reads.comments_on, "CommentPage")
    reactions = told(reads.reactions_on_post, "ReactedPage", ALONE)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether something is shown as this."""
        return isinstance(value, cls.source)


@shape
class Comment:
    """A comment, as this viewer sees it; a deleted one with answers is a place without author and text."""

    source: ClassVar[type] = ShownComment

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: Person | None
    text: str
    html: str
    state: str
    depth: int
    kids: int
    counts: ReactionCounts
    own_reaction: ReactionKind | None
    replies = told(reads.replies_to, "CommentPage")
    reactions = told(reads.reactions_on_comment, "ReactedPage", ALONE)
    created_at: datetime
    edited_at: datetime | None
    version: int

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether something is shown as this."""
        return isinstance(value, cls.source)


@shape
class Hashtag:
    """A hashtag, and how many posts with it there are for the viewer."""

    source: ClassVar[type] = HashtagShape

    tag: str
    posts: int

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        """Whether something is shown as this."""
        return isinstance(value, cls.source)


@shape
class Reacted:
    """A person who has reacted, how, and when."""

    person: Person
    kind: ReactionKind
    at: datetime


@shape
class PostPage:
    """Posts, and the cursor of the next ones."""

    items: list[Post]
    next: str | None


@shape
class CommentPage:
    """Comments, and the cursor of the next ones."""

    items: list[Comment]
    next: str | None


@shape
class PersonPage:
    """People, and the cursor of the next ones."""

    items: list[Person]
    next: str | None


@shape
class ReactedPage:
    """Reactions, and the cursor of the next ones."""

    items: list[Reacted]
    next: str | None
