"""Writing a post: published at once, kept as a draft, or scheduled; perhaps quoting another one."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.moments import DATE
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.social.limits.hold import hold_to, refuse_repeats
from fourfold.social.media.register import take_into_post
from fourfold.social.people.ensure import active_person
from fourfold.social.polls.ask import AskPoll, new_poll
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.jobs import OnePost, publish_due_post
from fourfold.social.posts.publish import tell_published
from fourfold.social.posts.rules import moment_of
from fourfold.social.texts.compose import compose
from fourfold.social.visibility.posts import NoSuchPost, post_for, show_fresh
from fourfold.social.visibility.rules import PostFacts
from fourfold.social.visibility.shapes import Audience, ShownPost

LONGEST, MOST_MEDIA = 10_000, 10
LATEST = timedelta(days=366)
COUNTED = ("like", "love", "laugh", "angry", "sad", "comments", "shares")
# What a quote of a quote of a quote refers to is a chain; nobody reads longer ones.
LONGEST_CHAIN = 50


class BadSchedule(Invalid):
    """422: the time for publishing cannot be kept."""

    code = "social.bad_schedule"
    title = "A post cannot be published then"


class QuotedTooOften(Invalid):
    """422: a quote of a quote of a quote, too many times."""

    code = "social.quoted_too_often"
    title = "This is a quote of too many quotes"


def _written_out(given: Any) -> Any:
    if not isinstance(given, str) or not DATE.match(given):
        raise ValueError("write the moment as 2031-01-31T12:00:00Z, or without Z in a time zone")
    return given


Moment = Annotated[datetime, BeforeValidator(_written_out)]


class WritePost(BaseModel):
    """A post to be."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST, description="What is said, in Markdown.", examples=["Hello"])
    audience: Audience = Field("public", description="Whom it is for.")
    group_id: UUID | None = Field(None, description="The group, when it is for one.")
    media_ids: list[UUID] = Field([], max_length=MOST_MEDIA, description="Files of the caller's that belong to it.")
    draft: bool = Field(False, strict=True, description="Keep it; publish it later.")  # noqa: FBT003 - a default
    publish_at: Moment | None = Field(None, description="Publish it then.", examples=["2031-01-31T12:00:00Z"])
    time_zone: str | None = Field(
        None, max_length=64, description="Where `publish_at` without an offset is told.", examples=["Europe/Berlin"]
    )
    quote_of: UUID | None = Field(None, description="A post that this one quotes.", examples=[None])
    poll: AskPoll | None = Field(None, description="What its readers are asked.", examples=[None])


async def write_post(work: DocumentWork, ask: WritePost) -> ShownPost:
    """Keeps the caller's post, tells of it when it is out, and shows it; raises `SaidAlready` and `TooOften`."""
    author = await active_person(work)
    if ask.audience == "group":
        raise Invalid("There is no such group of yours.", errors=[FieldError("group_id", "Name a group of yours.")])
    quoted = await _quoted(work, ask.quote_of) if ask.quote_of else None
    due = due_at(work, ask.publish_at, ask.time_zone)
    composed = await compose(work, ask.text)
    await refuse_repeats(work, composed.words, composed.text)
    await hold_to(work, "posts")
    state, post_id = "draft" if ask.draft else "scheduled" if due else "published", new_id()
    published_at = work.now if state == "published" else None
    post = {
        **blank_post(work, author.id, quoted),
        **composed.fields,
        "link": composed.link,
        "_id": post_id,
        "audience": ask.audience,
        "state": state,
        "kind": "quote" if quoted else "post",
        "media": await take_into_post(work, post_id, ask.media_ids),
        "publish_at": due,
        "time_zone": ask.time_zone,
        "published_at": published_at,
        "poll": new_poll(ask.poll, published_at) if ask.poll else None,
    }
    await work.documents(POSTS).insert(post)
    if state == "published":
        await tell_published(work, post)
    elif due and state == "scheduled":
        schedule(work, post_id, due)
    return await show_fresh(work, post, author)


def schedule(work: DocumentWork, post_id: UUID, due: datetime) -> None:
    """Has the worker publish a post then."""
    work.later(publish_due_post, OnePost(post_id=post_id), at=due, once=f"social.post:{post_id}:{due.isoformat()}")


def due_at(work: DocumentView, given: datetime | None, zone: str | None) -> datetime | None:
    """The moment for publishing; raises `BadSchedule` for one that is gone, too far off, or not a moment at all."""
    if zone is not None and zone not in available_timezones():
        raise BadSchedule(errors=[FieldError("time_zone", "Name it as Europe/Berlin.")])
    if given is None:
        return None
    due = moment_of(given, ZoneInfo(zone) if zone else None)
    if due is None:
        why = "The clocks leap over it there." if zone else "Give an offset, or a time_zone."
        raise BadSchedule(errors=[FieldError("publish_at", why)])
    if not work.now < due <= work.now + LATEST:
        raise BadSchedule(errors=[FieldError("publish_at", "It is later than now, and within a year.")])
    return due.replace(microsecond=due.microsecond // 1000 * 1000)


async def original_of(work: DocumentView, post_id: UUID) -> PostFacts:
    """What is passed on when a post is: itself, or what it reposts; raises `NoSuchPost` unless the caller sees it."""
    seen = await post_for(work, post_id)
    if seen.kind == "repost" and seen.of is not None:
        seen = await post_for(work, seen.of)
    if seen.state != "published":
        raise NoSuchPost
    return seen


async def _quoted(work: DocumentView, post_id: UUID) -> PostFacts:
    quoted = await original_of(work, post_id)
    if len(quoted.above) >= LONGEST_CHAIN:
        raise QuotedTooOften
    return quoted


def blank_post(work: DocumentView, author: UUID, original: PostFacts | None) -> dict[str, Any]:
    """A post of somebody's that says nothing yet, in reference to another one."""
    chain = [original.id, *original.chain][:2] if original else []
    above = list(dict.fromkeys([original.author, *original.above])) if original else []
    return {
        "author": author, "text": "", "html": "", "mentions": [], "hashtags": [], "words": [], "media": [],
        "of": original.id if original else None, "chain": chain, "above": above, "group": None,
        "created_at": work.now, "edited_at": None, "publish_at": None, "time_zone": None, "version": 1,
        "poll": None, "link": None,
        "counts": dict.fromkeys(COUNTED, 0),
    }  # fmt: skip
