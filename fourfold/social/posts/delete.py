"""Deleting a post: it is gone at once, and erased after a while."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from fourfold.contracts.social import PostDeleted
from fourfold.ground.document_work import DocumentWork
from fourfold.social.posts.documents import POSTS
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
    work.changed({"state": post["state"]}, {"state": "deleted"})
