"""Deleting a post, by its author or because of its age: it is gone at once, and erased after a while."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.contracts.social import PostDeleted
from fourfold.ground.again import until_done
from fourfold.ground.configuration import Setting
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.durable import job
from fourfold.ground.filters import ne, one_of
from fourfold.ground.ids import first_id_at
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import Desk, View, Work
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.posts.jobs import OnePost, purge_deleted_post
from fourfold.social.posts.publish import count_post
from fourfold.social.posts.queries import outdated_posts, outdated_versions, post_that_is, posts_told
from fourfold.social.visibility.posts import own_post

Days = Annotated[int, Field(ge=0, le=36_500, strict=True)]
KEEP_DELETED_POSTS: Setting[int] = Setting(
    "social.keep_deleted_posts_days",
    Annotated[int, Field(ge=0, le=3650, strict=True)],
    30,
    "How long a deleted post may still be looked into before it is erased, in days; read when it is deleted",
)
KEEP_POSTS: Setting[int] = Setting(
    "social.keep_posts_days", Days, 0, "How long posts are kept before they are deleted, in days; 0: for good"
)
KEEP_POST_VERSIONS: Setting[int] = Setting(
    "social.keep_post_versions_days",
    Days,
    0,
    "How long it is kept what a post said before it was edited, in days; 0: as long as the post",
)


async def delete_post(work: DocumentWork, post_id: UUID, check: Callable[[Mapping[str, Any]], None]) -> None:
    """Takes the caller's post away from everybody, together with all its reposts; `check` as for `edit_post`."""
    post = await own_post(work, post_id)
    check(post)
    await take_away(work, post)
    work.changed({"state": post["state"]}, {"state": "deleted"})


async def take_away(work: DocumentWork, post: Mapping[str, Any]) -> None:
    """Takes a post away from everybody; what is left of it is erased as late as the tenant has chosen."""
    post_id = post["_id"]
    if post["kind"] == "repost":
        # It can be made again, under the same id.
        await work.documents(POSTS).delete_one({"_id": post_id})
    else:
        gone = {"$set": {"state": "deleted", "deleted_at": work.now, "words": [], "hashtags": []}}
        await work.documents(POSTS).update_one({"_id": post_id}, gone)
        days = await work.house.configuration.value(work.who.tenant_id, KEEP_DELETED_POSTS)
        due = work.now + timedelta(days=days)
        work.later(purge_deleted_post, OnePost(post_id=post_id), at=due, once=f"social.purge:{post_id}")
    if post["state"] in {"published", "held"}:
        await count_post(work, post, -1)
        work.emit(PostDeleted(post_id=post_id, author_id=post["author"]))
        await append(work, post_channel(post_id), "post.deleted", {"post_id": str(post_id)}, involved=[post["author"]])


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


async def _tell(view: View, person: Person) -> Told:
    return Told(await posts_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    return await erase_posts_of(work, person.account_id)


POSTS_OF_PERSON = PersonalData(
    "social.posts",
    "Posts",
    "Showing others what somebody has to say.",
    "Nothing: what others have said below goes too; of those who have quoted it, the quotes stay without it.",
    {
        "social.posts.author": "Who has written it.",
        "social.posts.text": "What they say.",
        "social.posts.mentions": "Whom they have named.",
        "social.posts.media": "The pictures and videos that belong to it.",
        "social.posts.poll": "What they ask.",
        "social.post_versions.text": "What they said before they edited it.",
    },
    _tell,
    _erase,
)


class AllPosts(BaseModel):
    """Of the whole tenant."""


@job("social.posts.keep", steps=True, behind=True)
async def delete_outdated_posts(desk: Desk, _: AllPosts) -> None:
    """Deletes posts, and erases versions, that are older than the tenant keeps them.

    Each goes in a transaction of its own: broken off and done again, it goes on where it was.
    """
    configuration, tenant_id = desk.house.configuration, desk.who.tenant_id
    if days := await configuration.value(tenant_id, KEEP_POSTS):
        outdated = outdated_posts(desk.now - timedelta(days=days))
        async for row in desk.document_view().documents(POSTS).each(outdated, fields=["author"]):
            await until_done(partial(_delete, desk, row["_id"]))
    if days := await configuration.value(tenant_id, KEEP_POST_VERSIONS):
        # A version is made by the edit that puts something else in its place.
        before = first_id_at(desk.now - timedelta(days=days))
        while some := await outdated_versions(desk.document_view(), before):
            for post_id, ids in some.items():
                await until_done(partial(_erase_versions, desk, post_id, ids))


async def _delete(desk: Desk, post_id: UUID) -> None:
    async with desk.document_work() as work:
        post = await post_that_is(work, post_id, {"published", "held"})
        if post is not None:
            await take_away(work, post)


async def _erase_versions(desk: Desk, post_id: UUID, ids: list[UUID]) -> None:
    async with desk.document_work() as work:
        await work.documents(POST_VERSIONS).delete_many({"post": post_id, "_id": one_of(ids)})
