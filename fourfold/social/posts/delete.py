"""Deleting a post: it is gone at once, and erased after a while."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from fourfold.contracts.social import PostDeleted
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import ne, one_of
from fourfold.ground.work import Work
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import OnePost, purge_deleted_post
from fourfold.social.posts.publish import count_post
from fourfold.social.visibility.posts import own_post

# As long as a mistake, or a complaint about what was deleted, may still be looked into.
KEPT_FOR = timedelta(days=30)


async def delete_post(work: DocumentWork, post_id: UUID, check: Callable[[Mapping[str, Any]], None]) -> None:
    """Takes the caller's post away from everybody, together with all its reposts; `check` as for `edit_post`."""
    post = await own_post(work, post_id)
    check(post)
    if post["kind"] == "repost":
        # It can be made again, under the same id.
        await work.documents(POSTS).delete_one({"_id": post_id})
    else:
        gone = {"$set": {"state": "deleted", "deleted_at": work.now, "words": [], "hashtags": []}}
        await work.documents(POSTS).update_one({"_id": post_id}, gone)
        work.later(purge_deleted_post, OnePost(post_id=post_id), at=work.now + KEPT_FOR, once=f"social.purge:{post_id}")
    if post["state"] in {"published", "held"}:
        await count_post(work, post, -1)
        work.emit(PostDeleted(post_id=post_id, author_id=post["author"]))
        await append(work, post_channel(post_id), "post.deleted", {"post_id": str(post_id)}, involved=[post["author"]])
    work.changed({"state": post["state"]}, {"state": "deleted"})


async def erase_posts_of(work: Work, author: UUID) -> int:
    """Erases all that a person has written, and says how many posts that were; done again it finds nothing more.

    What they have written is unreadable at once; what is left of it, and whatever others keep about it, goes with
    `PostPurged`.
    """
    posts, versions = work.documents(POSTS), work.documents(POST_VERSIONS)
    blank: dict[str, Any] = {
        "state": "deleted", "text": "", "html": "", "words": [], "hashtags": [], "mentions": [], "media": [],
        "poll": None,
    }  # fmt: skip
    out = {"author": author, "state": one_of(["published", "held"])}
    await posts.update_many(out, {"$set": {**blank, "uncount": True}})
    await posts.update_many({"author": author, "text": ne("")}, {"$set": blank})
    await versions.update_many({"by": author}, {"$set": {"text": "", "redacted": True}})
    number = 0
    async for row in posts.each({"author": author}, fields=["author"]):
        number += 1
        work.later(purge_deleted_post, OnePost(post_id=row["_id"]), once=f"social.erase:{row['_id']}")
    return number
