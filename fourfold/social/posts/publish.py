"""Posts go out: at once, from a draft, or when their time has come."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fourfold.contracts.social import PostPublished
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import lte, one_of
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.people.count import count_of_person
from fourfold.social.people.ensure import NotActive
from fourfold.social.people.queries import people_by_id
from fourfold.social.posts.documents import POSTS
from fourfold.social.visibility.posts import own_post


class PublishedAlready(Conflict):
    """409: the post is out."""

    code = "social.published_already"
    title = "The post is published already"


async def publish_draft(work: DocumentWork, post_id: UUID) -> None:
    """Publishes the caller's draft or scheduled post now; raises `PublishedAlready`."""
    post = await own_post(work, post_id)
    if post["state"] not in {"draft", "scheduled"}:
        raise PublishedAlready
    if not await _may_still(work, post["author"]):
        raise NotActive
    await _publish(work, {"_id": post_id, "state": one_of(["draft", "scheduled"])})


async def publish_due(work: DocumentWork, post_id: UUID) -> bool:
    """Publishes a scheduled post whose time has come, once however often it is asked; says whether it did so now.

    The post of somebody who may not publish any more becomes a draft again.
    """
    due = {"_id": post_id, "state": "scheduled", "publish_at": lte(work.now)}
    post = await work.documents(POSTS).find_one(due)
    if post is None:
        return False
    if await _may_still(work, post["author"]):
        return await _publish(work, due)
    await work.documents(POSTS).update_one(due, {"$set": {"state": "draft"}})
    return False


async def unschedule_posts(work: Work, author: UUID) -> None:
    """Makes drafts of all that somebody has scheduled."""
    waiting = {"author": author, "state": "scheduled"}
    await work.documents(POSTS).update_many(waiting, {"$set": {"state": "draft"}, "$inc": {"version": 1}})


async def _may_still(work: DocumentWork, author: UUID) -> bool:
    person = (await people_by_id(work, [author])).get(author)
    return person is not None and person.state == "active"


async def _publish(work: DocumentWork, wanted: dict[str, Any]) -> bool:
    fresh = {"$set": {"state": "published", "published_at": work.now}}
    post = await work.documents(POSTS).find_one_and_update(wanted, fresh)
    if post is not None:
        await tell_published(work, post)
    return post is not None


async def tell_published(work: DocumentWork, post: Mapping[str, Any]) -> None:
    """All that follows from a post being out, in the transaction that brings it out."""
    await count_post(work, post, 1)
    of_author = post["above"][0] if post["of"] else None
    work.emit(
        PostPublished(
            post_id=post["_id"],
            author_id=post["author"],
            mentions=post["mentions"],
            of=post["of"],
            of_author=of_author,
        )
    )


async def count_post(work: DocumentWork, post: Mapping[str, Any], number: int) -> None:
    """Adds a post to, or takes it off, the counts of its author (if it is public) and of what it refers to."""
    if post["audience"] == "public" and post["kind"] != "repost":
        await count_of_person(work, post["author"], posts=number)
    if post["of"]:
        await work.documents(POSTS).update_one({"_id": post["of"]}, {"$inc": {"counts.shares": number}})
        told = {"post_id": str(post["of"]), "change": number}
        await append(work, post_channel(post["of"]), "shares.changed", told, involved=[post["author"]])


async def count_on_post(work: DocumentWork, post_id: UUID, by: Mapping[str, int], *, published: bool = False) -> bool:
    """Adds to what is counted of a post (`like`, `comments`); says whether there is such a post, or a published one."""
    wanted = {"_id": post_id, "state": "published"} if published else {"_id": post_id}
    changes = {f"counts.{name}": number for name, number in by.items()}
    return (await work.documents(POSTS).update_one(wanted, {"$inc": changes})).matched > 0


async def correct_post(work: DocumentWork, post_id: UUID, right: Mapping[str, int]) -> None:
    """Sets what is counted of a post to what was found by counting again."""
    changes = {f"counts.{name}": number for name, number in right.items()}
    await work.documents(POSTS).update_one({"_id": post_id}, {"$set": changes})
