"""Editing a post: what it said before is kept, and may be made unreadable."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import PostEdited
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.media.register import take_into_post
from fourfold.social.people.count import count_of_person
from fourfold.social.polls.ask import AskPoll, changed_poll
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.queries import lists_with
from fourfold.social.posts.write import LONGEST, MOST_MEDIA, BadSchedule, Moment, due_at, schedule
from fourfold.social.texts.compose import compose
from fourfold.social.visibility.posts import own_post
from fourfold.social.visibility.shapes import Audience

OUT = frozenset({"published", "held"})


class NotEditable(Conflict):
    """409: a repost has no words of its own."""

    code = "social.not_editable"
    title = "There is nothing to edit in it"


class NoSuchVersion(NotFound):
    """404: the post has no former version of that number."""

    code = "social.no_such_version"


class EditPost(BaseModel):
    """What is to be different; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(None, min_length=1, max_length=LONGEST, examples=["Hello again"])
    audience: Audience | None = Field(None, description="Whom it is for from now on.")
    media_ids: list[UUID] | None = Field(None, max_length=MOST_MEDIA)
    publish_at: Moment | None = Field(None, description="Another time for a draft or a scheduled post.")
    time_zone: str | None = Field(None, max_length=64, examples=["Europe/Berlin"])
    draft: bool | None = Field(None, strict=True, description="True makes a scheduled post a draft again.")
    poll: AskPoll | None = Field(None, description="Another poll, as long as nobody has voted.", examples=[None])
    without_poll: bool | None = Field(
        None, strict=True, description="True takes the poll away, as long as nobody has voted."
    )


async def edit_post(
    work: DocumentWork, post_id: UUID, ask: EditPost, check: Callable[[Mapping[str, Any]], None]
) -> None:
    """Changes the caller's post; `check` is given it, and raises when it is not the version that was meant.

    Of two edits at the same time one is done first; the other one meets its version.
    """
    post = await own_post(work, post_id)
    if post["kind"] == "repost":
        raise NotEditable
    check(post)
    changes = await _changes(work, post, ask)
    if not changes:
        return
    is_out = post["state"] in OUT
    if is_out:
        await work.documents(POST_VERSIONS).insert(_former(post))
        changes["edited_at"] = work.now
    wanted = {"_id": post_id, "version": post["version"], "state": post["state"]}
    edited = await work.documents(POSTS).find_one_and_update(wanted, {"$set": changes, "$inc": {"version": 1}})
    if edited is None:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat the edit.")
    if edited["state"] == "scheduled" and "publish_at" in changes:
        schedule(work, post_id, edited["publish_at"])
    if is_out:
        work.touch(lists_with([], edited["hashtags"]))
        await _recount(work, post, edited)
        work.emit(
            PostEdited(
                post_id=post_id, author_id=post["author"], version=edited["version"], mentions=edited["mentions"]
            )
        )
        told = {"post_id": str(post_id), "author_id": str(post["author"]), "version": edited["version"]}
        await append(work, post_channel(post_id), "post.edited", told, involved=[post["author"]])
    work.changed(
        {"audience": post["audience"], "version": post["version"]},
        {"audience": edited["audience"], "version": edited["version"]},
    )


async def _changes(work: DocumentWork, post: Mapping[str, Any], ask: EditPost) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if ask.text is not None:
        composed = await compose(work, ask.text, post["text"])
        if composed.text != post["text"]:
            changes |= {**composed.fields, "link": composed.link}
    if ask.audience == "group":
        raise Invalid("There is no such group of yours.", errors=[FieldError("audience", "Name a group of yours.")])
    if ask.audience is not None and ask.audience != post["audience"]:
        changes["audience"] = ask.audience
    if ask.media_ids is not None and ask.media_ids != post["media"]:
        changes["media"] = await take_into_post(work, post["_id"], ask.media_ids, post["media"])
    if ask.poll is not None or ask.without_poll:
        is_out, poll = post["state"] in OUT, None if ask.without_poll else ask.poll
        changes |= changed_poll(post.get("poll"), poll, work.now, is_out=is_out)
    return {**changes, **_rescheduled(work, post, ask)}


def _rescheduled(work: DocumentWork, post: Mapping[str, Any], ask: EditPost) -> dict[str, Any]:
    due = due_at(work, ask.publish_at, ask.time_zone)
    if (due is not None or ask.draft) and post["state"] not in {"draft", "scheduled"}:
        raise BadSchedule("It is published already.", errors=[FieldError("publish_at", "It is published already.")])
    if ask.draft:
        return {"publish_at": None, "time_zone": None, "state": "draft"} if post["state"] == "scheduled" else {}
    return {"publish_at": due, "time_zone": ask.time_zone, "state": "scheduled"} if due is not None else {}


def _former(post: Mapping[str, Any]) -> dict[str, Any]:
    at = post["edited_at"] or post["published_at"] or post["created_at"]
    return {
        "post": post["_id"], "version": post["version"], "text": post["text"], "audience": post["audience"], "at": at,
        "by": post["author"], "redacted": False,
    }  # fmt: skip


async def _recount(work: DocumentWork, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Only what everybody may know of is counted on a person."""
    change = (after["audience"] == "public") - (before["audience"] == "public")
    if change:
        await count_of_person(work, after["author"], posts=change)


async def redact_version(work: DocumentWork, post_id: UUID, version: int) -> None:
    """Erases what the caller's post said in a former version: nobody reads it again; raises `NoSuchVersion`."""
    await own_post(work, post_id)
    done = await work.documents(POST_VERSIONS).update_one(
        {"post": post_id, "version": version}, {"$set": {"text": "", "redacted": True}}
    )
    if not done.matched:
        raise NoSuchVersion
