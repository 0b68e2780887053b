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
from fourfold.social.polls.ask import end_of
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.queries import lists_with
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
    await _publish(work, post, {"_id": post_id, "state": one_of(["draft", "scheduled"])})


async def publish_due(work: DocumentWork, post_id: UUID) -> bool:
    """Publishes a scheduled post whose time has come, once however often it is asked; says whether it did so now.

    The post of somebody who may not publish any more becomes a draft again.
    """
    due = {"_id": post_id, "state": "scheduled", "publish_at": lte(work.now)}
    post = await work.documents(POSTS).find_one(due)
    if post is None:
        return False
    if await _may_still(work, post["author"]):
        return await _publish(work, post, due)
    await work.documents(POSTS).update_one(due, {"$set": {"state": "draft"}})
    return False


async def unschedule_posts(work: Work, author: UUID) -> None:
    """Makes drafts of all that somebody has scheduled."""
    waiting = {"author": author, "state": "scheduled"}
    await work.documents(POSTS).update_many(waiting, {"$set": {"state": "draft"}, "$inc": {"version": 1}})


async def _may_still(work: DocumentWork, author: UUID) -> bool:
    person = (await people_by_id(work, [author])).get(author)
    return person is not None and person.state == "active"


async def _publish(work: DocumentWork, post: Mapping[str, Any], wanted: dict[str, Any]) -> bool:
    fresh = {"state": "published", "published_at": work.now}
    if post.get("poll"):
        fresh["poll.ends_at"] = end_of(post["poll"]["minutes"], work.now)
    published = await work.documents(POSTS).find_one_and_update(wanted, {"$set": fresh})
    if published is not None:
        await tell_published(work, published)
    return published is not None


async def tell_published(work: DocumentWork, post: Mapping[str, Any]) -> None:
    """All that follows from a post being out, in the transaction that brings it out."""
    work.touch(lists_with([post["author"]], post["hashtags"]))
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


async def count_votes(
    work: DocumentWork, post_id: UUID, poll_id: UUID, by: Mapping[str, int], voters: int
) -> dict[str, Any] | None:
    """Adds to the votes of a poll's choices, and to how many have voted; the poll as it is then, if it is there."""
    changes = {f"poll.votes.{choice}": number for choice, number in by.items()} | {"poll.voters": voters}
    wanted = {"_id": post_id, "poll.id": poll_id}
    post = await work.documents(POSTS).find_one_and_update(wanted, {"$inc": changes}, fields=["poll"])
    return post["poll"] if post is not None else None


async def close_poll(work: DocumentWork, post_id: UUID, poll_id: UUID) -> dict[str, Any] | None:
    """Closes the poll of a post that is out, once its time has come; the post, if that was not done before."""
    due = {
        "_id": post_id, "poll.id": poll_id, "poll.ended": False, "poll.ends_at": lte(work.now),
        "state": one_of(["published", "held"]),
    }  # fmt: skip
    return await work.documents(POSTS).find_one_and_update(due, {"$set": {"poll.ended": True}})


async def correct_votes(
    work: DocumentWork, post_id: UUID, poll_id: UUID, votes: Mapping[str, int], voters: int
) -> None:
    """Sets what is counted of a poll to what was found by counting again."""
    right = {"poll.votes": dict(votes), "poll.voters": voters}
    await work.documents(POSTS).update_one({"_id": post_id, "poll.id": poll_id}, {"$set": right})
