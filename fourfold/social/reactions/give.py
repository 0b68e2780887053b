"""Reacting to a post or a comment, otherwise, and no longer: one reaction of each person on each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import ReactionGiven, ReactionTaken
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.refusals import NotFound
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.comments.count import count_on_comment
from fourfold.social.comments.queries import comment_with_id
from fourfold.social.comments.write import involved_in
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.ensure import active_person
from fourfold.social.posts.publish import count_on_post
from fourfold.social.posts.queries import post_with_id
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.shapes import ReactionShape
from fourfold.social.visibility.comments import NoSuchComment, comment_for
from fourfold.social.visibility.posts import NoSuchPost, discussed
from fourfold.social.visibility.shapes import ReactionKind

TargetKind = Literal["post", "comment"]
NOTHING: Mapping[TargetKind, type[NotFound]] = {"post": NoSuchPost, "comment": NoSuchComment}


class React(BaseModel):
    """How the caller reacts."""

    model_config = ConfigDict(extra="forbid")

    kind: ReactionKind = Field(examples=["like"])


@dataclass(frozen=True, slots=True)
class Target:
    """What somebody reacts to: a post, or a comment below it."""

    kind: TargetKind
    id: UUID
    post: UUID
    author: UUID


async def post_reacted_to(view: DocumentView, post_id: UUID) -> Target:
    """A post that the caller sees, or what it passes on when it is a repost; raises `NoSuchPost`."""
    post = (await discussed(view, post_id)).post
    if post.state != "published":
        raise NoSuchPost
    return Target("post", post.id, post.id, post.author)


async def comment_reacted_to(view: DocumentView, comment_id: UUID) -> Target:
    """A comment that the caller sees; raises `NoSuchComment`."""
    comment = await comment_for(view, comment_id)
    if comment["state"] != "published":
        raise NoSuchComment
    return Target("comment", comment_id, comment["post"], comment["author"])


async def react_to_post(work: DocumentWork, post_id: UUID, ask: React) -> ReactionShape:
    """Keeps the caller's reaction to a post, instead of the one they had; raises `NoSuchPost`, `TooOften`."""
    return await _react(work, await post_reacted_to(_aside(work), post_id), ask)


async def react_to_comment(work: DocumentWork, comment_id: UUID, ask: React) -> ReactionShape:
    """Keeps the caller's reaction to a comment, instead of the one they had; raises `NoSuchComment`."""
    return await _react(work, await comment_reacted_to(_aside(work), comment_id), ask)


async def take_back_from_post(work: DocumentWork, post_id: UUID) -> None:
    """Takes the caller's reaction to a post back, whether or not they still see it.

    Without one it does nothing to a post that they see, and raises `NoSuchPost` for others.
    """
    post = await post_with_id(_aside(work), post_id)
    target_id = post["of"] if post is not None and post["kind"] == "repost" else post_id
    if not await _take_back(work, "post", target_id):
        await discussed(work, post_id)


async def take_back_from_comment(work: DocumentWork, comment_id: UUID) -> None:
    """The same of a comment; raises `NoSuchComment`."""
    if not await _take_back(work, "comment", comment_id):
        await comment_for(work, comment_id)


def _aside(work: DocumentWork) -> DocumentView:
    """A look outside of the transaction: the less it reads, the fewer it meets where many react at once."""
    return DocumentView(work.house, work.who)


async def _react(work: DocumentWork, target: Target, ask: React) -> ReactionShape:
    await work.take_turn(post_channel(target.post))
    person = await active_person(work)
    kept, own = work.documents(REACTIONS), {"target": target.id, "by": person.id}
    before = await kept.find_one(own)
    shown = ReactionShape(target_kind=target.kind, target_id=target.id, kind=ask.kind)
    if before is not None and before["kind"] == ask.kind:
        return shown
    await hold_to(work, "reactions")
    fresh = {"target_kind": target.kind, "post": target.post, "author": target.author}
    now = {"kind": ask.kind, "at": work.now}
    try:
        await kept.update_one(own, {"$set": now, "$setOnInsert": fresh}, upsert=True)
    except Duplicate as problem:
        raise TryAgain("the same person reacts to the same thing") from problem
    if not await _count(work, target, {ask.kind: 1} if before is None else {ask.kind: 1, before["kind"]: -1}):
        raise NOTHING[target.kind]
    work.emit(
        ReactionGiven(
            target_kind=target.kind,
            target=target.id,
            post_id=target.post,
            by=person.id,
            kind=ask.kind,
            author=target.author,
        )
    )
    await _tell(work, target, person.id, ask.kind, before["kind"] if before else None)
    work.changed({"kind": before["kind"]} if before else {}, {"kind": ask.kind})
    return shown


async def _take_back(work: DocumentWork, kind: TargetKind, target_id: UUID) -> bool:
    wanted = {"target": target_id, "by": work.who.account, "target_kind": kind}
    given = await _aside(work).documents(REACTIONS).find_one(wanted, ["post"])
    if given is None:
        return False
    await work.take_turn(post_channel(given["post"]))
    gone = await work.documents(REACTIONS).find_one_and_delete(wanted)
    if gone is None:
        return False
    await uncount(work, gone)
    work.emit(
        ReactionTaken(target_kind=kind, target=target_id, post_id=gone["post"], by=gone["by"], author=gone["author"])
    )
    work.changed({"kind": gone["kind"]}, {})
    return True


async def uncount(work: DocumentWork, gone: Mapping[str, Any]) -> None:
    """Takes a reaction that is gone off what is counted of its target."""
    target = Target(gone["target_kind"], gone["target"], gone["post"], gone["author"])
    if target.kind == "comment":
        await count_on_comment(work, target.post, target.id, {gone["kind"]: -1})
    else:
        await count_on_post(work, target.id, {gone["kind"]: -1})
    await _tell(work, target, gone["by"], None, gone["kind"])


async def _count(work: DocumentWork, target: Target, by: Mapping[str, int]) -> bool:
    if target.kind == "comment":
        return await count_on_comment(work, target.post, target.id, by)
    return await count_on_post(work, target.id, by, published=True)


async def _tell(work: DocumentWork, target: Target, by: UUID, kind: str | None, before: str | None) -> None:
    """Tells those who have the post open how somebody reacts now, and how they did before."""
    involved = [by, target.author]
    if target.kind == "comment":
        comment = await comment_with_id(DocumentView(work.house, work.who), target.id)
        involved += involved_in(comment) if comment else []
    told = {
        "target_kind": target.kind, "target_id": str(target.id), "post_id": str(target.post), "by": str(by),
        "kind": kind, "before": before,
    }  # fmt: skip
    await append(work, post_channel(target.post), "reaction.changed", told, involved=involved)
