"""What is asked: words to choose from, what is to be written, and the bounds that REST has for the same."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from pydantic import BaseModel, ValidationError

from fourfold.ground.refusals import FieldError, Invalid, PreconditionFailed
from fourfold.social.graph.refused import invalid

Ask = TypeVar("Ask", bound=BaseModel)
LONGEST_PAGE, LONGEST_CURSOR, LONGEST_HANDLE, LONGEST_TAG, LONGEST_SEARCH = 100, 1000, 64, 64, 200


@strawberry.enum(description="Whom a post is for.")
class Audience(Enum):
    """As posts are kept."""

    public = "public"
    followers = "followers"
    friends = "friends"
    group = "group"
    me = "me"


@strawberry.enum(description="How somebody reacts.")
class ReactionKind(Enum):
    """As reactions are kept."""

    like = "like"
    love = "love"
    laugh = "laugh"
    angry = "angry"
    sad = "sad"


@strawberry.enum(description="What most have reacted to and answered first; or by their time.")
class CommentSort(Enum):
    """As lists of comments are sorted."""

    top = "top"
    new = "new"
    old = "old"


@strawberry.enum(description="By time, or the hottest first.")
class FeedSort(Enum):
    """As feeds are sorted."""

    latest = "latest"
    ranked = "ranked"


@strawberry.enum(description="What is looked for.")
class SearchType(Enum):
    """As searches tell apart."""

    posts = "posts"
    people = "people"
    hashtags = "hashtags"


@strawberry.enum(description="Of posts: the best first, or the newest.")
class SearchSort(Enum):
    """As found posts are sorted."""

    relevance = "relevance"
    latest = "latest"


@strawberry.enum(description="Requests that the caller has received, or sent.")
class Direction(Enum):
    """As lists of requests tell apart."""

    received = "received"
    sent = "sent"


@strawberry.input(description="A poll to be.")
class NewPoll:
    """As `AskPoll` is asked for."""

    choices: list[str]
    multiple: bool = False
    minutes: int = 24 * 60
    hide_results: bool = False

    def members(self) -> dict[str, Any]:
        """As the body of a request says it."""
        return dict(vars(self))


@strawberry.input(description="A post to be.")
class NewPost:
    """As `WritePost` is asked for."""

    text: str
    audience: Audience = Audience.public
    group_id: UUID | None = None
    media_ids: list[UUID] = strawberry.field(default_factory=list)
    draft: bool = False
    publish_at: str | None = None
    time_zone: str | None = None
    quote_of: UUID | None = None
    poll: NewPoll | None = None

    def members(self) -> dict[str, Any]:
        """As the body of a request says it."""
        poll = self.poll.members() if self.poll else None
        return {**vars(self), "audience": self.audience.value, "poll": poll}


@strawberry.input(description="What of a post is to be different; what is not named stays.")
class PostChanges:
    """As `EditPost` is asked for."""

    text: str | None = None
    audience: Audience | None = None
    media_ids: list[UUID] | None = None
    publish_at: str | None = None
    time_zone: str | None = None
    draft: bool | None = None
    poll: NewPoll | None = None
    without_poll: bool | None = None

    def members(self) -> dict[str, Any]:
        """As the body of a request says it."""
        audience, poll = self.audience.value if self.audience else None, self.poll.members() if self.poll else None
        return {**vars(self), "audience": audience, "draft": self.draft or None, "poll": poll}


def question(model: type[Ask], /, **given: Any) -> Ask:
    """A question as REST takes it in a body, with all its bounds; raises `Invalid`."""
    try:
        return model.model_validate(given)
    except ValidationError as problem:
        raise invalid(problem) from problem


def page_of(first: int, after: str | None) -> tuple[str | None, int]:
    """A cursor and the length of a page; raises `Invalid` for those that no list has."""
    if not 1 <= first <= LONGEST_PAGE:
        raise Invalid(errors=[FieldError("first", f"Ask for 1 to {LONGEST_PAGE}.")])
    return (None if after is None else within("after", after, LONGEST_CURSOR)), first


def within(name: str, text: str, most: int) -> str:
    """A text that says something, in so many characters; raises `Invalid`."""
    if not 1 <= len(text) <= most:
        raise Invalid(errors=[FieldError(name, f"Give 1 to {most} characters.")])
    return text


def same_version(version: int | None) -> Callable[[Mapping[str, Any]], None]:
    """What refuses an edit of another version than the one that was read, when one is named."""

    def check(kept: Mapping[str, Any]) -> None:
        if version is not None and kept["version"] != version:
            raise PreconditionFailed("It has been changed since you read it: read it again and repeat the edit.")

    return check


def exactly_one(**given: UUID | None) -> tuple[str, UUID]:
    """The one that is named, and its name; raises `Invalid` for none and for several."""
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise Invalid(errors=[FieldError(name, "Name exactly one of these.") for name in given])
    return named[0]
