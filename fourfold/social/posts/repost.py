"""Passing a post on, and taking that back: one repost of each person, however often they ask."""

from typing import Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import PostDeleted, PostReposted
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.social.channels.rules import post_channel
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.ensure import active_person
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.publish import count_post
from fourfold.social.posts.queries import lists_with, post_with_id
from fourfold.social.posts.write import blank_post, original_of
from fourfold.social.visibility.posts import post_for


class Repost(BaseModel):
    """Whom it is passed on to; of these only those see it who may see the original."""

    model_config = ConfigDict(extra="forbid")

    audience: Literal["public", "followers", "friends"] = Field("public", examples=["public"])


async def repost(work: DocumentWork, post_id: UUID, ask: Repost) -> UUID:
    """Passes a post on that the caller sees, and says the repost's id; what they have passed on already stays so."""
    original = await original_of(DocumentView(work.house, work.who), post_id)
    await work.take_turn(post_channel(original.id))
    person = await active_person(work)
    repost_id = _repost_id(original.id, person.id)
    fresh = {
        **blank_post(work, person.id, original),
        "audience": ask.audience,
        "state": "published",
        "kind": "repost",
        "published_at": work.now,
    }
    done = await work.documents(POSTS).update_one({"_id": repost_id}, {"$setOnInsert": fresh}, upsert=True)
    if done.upserted_id is not None:
        await hold_to(work, "posts")
        work.touch(lists_with([person.id], []))
        await count_post(work, fresh, 1)
        work.emit(PostReposted(repost_id=repost_id, author_id=person.id, of=original.id, of_author=original.author))
    return repost_id


async def take_repost_back(work: DocumentWork, post_id: UUID) -> None:
    """Takes the caller's repost back, whether or not they still see the original.

    Without one it does nothing to a post that they see, and raises `NoSuchPost` for others.
    """
    post = await post_with_id(work, post_id)
    original_id = post["of"] if post is not None and post["kind"] == "repost" else post_id
    person_id = work.who.account
    gone = await work.documents(POSTS).find_one_and_delete(
        {
            "_id": _repost_id(original_id, person_id),
            "author": person_id,
            "kind": "repost",
        }
    )
    if gone is None:
        await post_for(work, post_id)
        return
    await count_post(work, gone, -1)
    work.emit(PostDeleted(post_id=gone["_id"], author_id=person_id))


def _repost_id(original_id: UUID, person_id: UUID) -> UUID:
    # Made of the two: asking twice, or twice at once, meets the same document.
    return uuid5(original_id, person_id.hex)
