"""What is done with posts in the background: publishing those whose time has come, erasing those deleted long ago."""

from uuid import UUID

from pydantic import BaseModel

from fourfold.contracts.social import PostPurged
from fourfold.ground.again import until_done
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.durable import job
from fourfold.ground.work import Desk
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.publish import count_post, publish_due


class OnePost(BaseModel):
    """Which post."""

    post_id: UUID


@job("social.posts.publish_due", steps=True)
async def publish_due_post(desk: Desk, which: OnePost) -> None:
    """Publishes a scheduled post; one that was rescheduled, published or deleted in the meantime is left alone."""

    async def publish() -> None:
        async with desk.document_work() as work:
            await publish_due(work, which.post_id)

    await until_done(publish)


@job("social.posts.purge", steps=True)
async def purge_deleted_post(desk: Desk, which: OnePost) -> None:
    """Erases what is left of a deleted post, its versions and its reposts."""

    async def purge() -> None:
        async with desk.document_work() as work:
            await _purge(work, which.post_id)

    await until_done(purge)


async def _purge(work: DocumentWork, post_id: UUID) -> None:
    gone = await work.documents(POSTS).find_one_and_delete({"_id": post_id, "state": "deleted"})
    if gone is None:
        return
    if gone.get("uncount"):
        await count_post(work, gone, -1)
    await work.documents(POST_VERSIONS).delete_many({"post": post_id})
    await work.documents(POSTS).delete_many({"of": post_id, "kind": "repost"})
    work.emit(PostPurged(post_id=post_id))
