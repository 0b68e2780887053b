"""Writing a comment below a post, or in answer to another comment."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import CommentWritten
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.limits.hold import hold_to, refuse_repeats
from fourfold.social.people.ensure import active_person
from fourfold.social.posts.publish import count_on_post
from fourfold.social.texts.compose import Composed, compose
from fourfold.social.visibility.comments import NoSuchComment, comment_for, fresh_comment
from fourfold.social.visibility.posts import NoSuchPost, discussed
from fourfold.social.visibility.shapes import ShownComment

LONGEST = 5000
# Nobody reads so far down; the way up from there is kept with each comment.
DEEPEST = 2000
KINDS = ("like", "love", "laugh", "angry", "sad")


class TooDeep(Conflict):
    """409: an answer to an answer to an answer, too many times."""

    code = "social.too_deep"
    title = f"A thread goes {DEEPEST} answers deep"


class WriteComment(BaseModel):
    """A comment to be."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST, description="What is said, in Markdown.", examples=["Indeed"])
    parent_id: UUID | None = Field(None, description="The comment that this one answers to.", examples=[None])


async def write_comment(work: DocumentWork, post_id: UUID, ask: WriteComment) -> ShownComment:
    """Keeps the caller's comment and shows it; what it needs to know is read before the transaction begins to hold.

    Raises `NoSuchPost` and `NoSuchComment` for what the caller may not see or what takes no comments, `TooDeep`,
    `SaidAlready` and `TooOften`.
    """
    aside = DocumentView(work.house, work.who)
    post = (await discussed(aside, post_id)).post
    if post.state != "published":
        raise NoSuchPost
    if ask.parent_id is not None and (await comment_for(aside, ask.parent_id))["post"] != post.id:
        raise NoSuchComment
    composed = await compose(aside, ask.text)
    await refuse_repeats(aside, composed.words, composed.text)
    await hold_to(aside, "comments")
    await work.take_turn(post_channel(post.id))
    author = await active_person(work)
    parent = await _answered(work, post.id, ask.parent_id) if ask.parent_id else None
    comment = _comment(work, post.id, author.id, composed, parent)
    await work.documents(COMMENTS).insert(comment)
    # The post comes last: many may be at it, and whoever has changed it holds up the others.
    if not await count_on_post(work, post.id, {"comments": 1}, published=True):
        raise NoSuchPost
    work.emit(
        CommentWritten(
            comment_id=comment["_id"],
            post_id=post.id,
            author_id=author.id,
            parent_author=parent["author"] if parent else None,
            mentions=composed.mentions,
        )
    )
    told = {"comment_id": str(comment["_id"]), "parent_id": str(ask.parent_id) if ask.parent_id else None}
    await append(
        work, post_channel(post.id), "comment.written", {**told, "post_id": str(post.id), "author_id": str(author.id)},
        involved=involved_in(comment),
    )  # fmt: skip
    return fresh_comment(comment, author)


async def _answered(work: DocumentWork, post_id: UUID, parent_id: UUID) -> Mapping[str, Any]:
    """The comment that is answered to, as it is when the answer is counted on it."""
    there = {"_id": parent_id, "post": post_id, "state": "published"}
    parent = await work.documents(COMMENTS).find_one_and_update(there, {"$inc": {"kids": 1, "score": 1}})
    if parent is None:
        raise NoSuchComment
    if parent["depth"] >= DEEPEST:
        raise TooDeep
    return parent


def _comment(
    work: DocumentWork, post_id: UUID, author: UUID, composed: Composed, parent: Mapping[str, Any] | None
) -> dict[str, Any]:
    comment_id, now = new_id(), work.now
    above = [*parent["above"], parent["author"], *parent["mentions"]] if parent else []
    return {
        "_id": comment_id, "post": post_id, "author": author, "parent": parent["_id"] if parent else None,
        "root": parent["root"] if parent else comment_id,
        "path": f"{parent['path']}/{comment_id}" if parent else str(comment_id),
        "depth": parent["depth"] + 1 if parent else 0, "above": list(dict.fromkeys(above)),
        "text": composed.text, "html": composed.html, "mentions": composed.mentions,
        "state": "published", "kids": 0, "counts": dict.fromkeys(KINDS, 0), "score": 0,
        "created_at": now.replace(microsecond=now.microsecond // 1000 * 1000), "edited_at": None, "version": 1,
    }  # fmt: skip


def involved_in(comment: Mapping[str, Any]) -> list[UUID]:
    """By whose blocks a comment is hidden: its author's, those of all above it, and of whom it names."""
    return [comment["author"], *comment["above"], *comment["mentions"]]
