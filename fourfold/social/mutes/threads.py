"""Muting threads: no more of a post, and of what is said below it."""

from uuid import UUID

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.social.mutes.documents import MUTES
from fourfold.social.mutes.keep import make_room, tell_muted
from fourfold.social.mutes.queries import muted_page
from fourfold.social.mutes.shapes import MutedThreadShape
from fourfold.social.people.ensure import ensure_person
from fourfold.social.visibility.posts import discussed, show_posts
from fourfold.social.visibility.shapes import Unavailable


async def mute_thread(work: DocumentWork, post_id: UUID) -> None:
    """Keeps a post and all below it (of a repost: its original) from the caller; again it does nothing more.

    Raises `NoSuchPost` and `TooManyMutes`.
    """
    person = await ensure_person(work)
    post = (await discussed(work, post_id)).post
    thread = {"by": person.id, "kind": "thread", "what": str(post.id)}
    if await work.documents(MUTES).exists(thread):
        return
    await make_room(work, person.id, "thread")
    try:
        await work.documents(MUTES).insert({"_id": new_id(), **thread, "until": None, "at": work.now})
    except Duplicate as problem:
        raise TryAgain("it is being muted") from problem
    await tell_muted(work)


async def unmute_thread(work: DocumentWork, post_id: UUID) -> None:
    """Has the caller hear of a thread again, also when its post is hidden by now; raises `NoSuchPost` without one."""
    own = {"by": work.who.account, "kind": "thread"}
    if await work.documents(MUTES).delete_one({**own, "what": str(post_id)}):
        await tell_muted(work)
        return
    post = (await discussed(work, post_id)).post
    if await work.documents(MUTES).delete_one({**own, "what": str(post.id)}):
        await tell_muted(work)


async def threads_page(view: DocumentView, cursor: str | None, limit: int) -> Page[MutedThreadShape]:
    """The threads that the caller has muted, the latest first."""
    purpose = f"social.muted_threads:{view.who.account}"
    position = position_of(view, purpose, cursor)
    behind = UUID(position[0]) if position else None
    rows = await muted_page(view, view.who.account, "thread", behind, limit + 1)
    more = cursor_for(view, purpose, [str(rows[limit - 1]["_id"])]) if len(rows) > limit else None
    muted = [(UUID(row["what"]), row["at"]) for row in rows[:limit]]
    shown = {post.id: post for post in await show_posts(view, [post_id for post_id, _ in muted])}
    items = [MutedThreadShape(post_id=post_id, post=shown.get(post_id, Unavailable()), at=at) for post_id, at in muted]
    return Page(items=items, next=more)
