"""Deleting a comment: its words are gone at once, its place only when nobody has answered to it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fourfold.contracts.social import CommentDeleted
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.filters import ne
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.comments.queries import comment_with_id
from fourfold.social.comments.write import KINDS, involved_in
from fourfold.social.posts.publish import count_on_post
from fourfold.social.posts.queries import post_with_id
from fourfold.social.visibility.comments import NotYourComment, comment_for
from fourfold.social.visibility.viewer import MODERATE


async def delete_comment(work: DocumentWork, comment_id: UUID, check: Callable[[Mapping[str, Any]], None]) -> None:
    """Takes a comment away: one's own, one below one's own post, or any as a moderator.

    `check` is given it, and raises when it is not the version that was meant. Raises `NoSuchComment` for what the
    caller may not see, and `NotYourComment`.
    """
    if (there := await comment_with_id(DocumentView(work.house, work.who), comment_id)) is not None:
        await work.take_turn(post_channel(there["post"]))
    comment = await _theirs_to_delete(work, comment_id)
    check(comment)
    await take_away(work, comment)
    work.changed({"state": comment["state"]}, {"state": "deleted"})


async def _theirs_to_delete(view: DocumentView, comment_id: UUID) -> Mapping[str, Any]:
    comment = await comment_with_id(view, comment_id)
    if comment is not None and comment["author"] == view.who.account and comment["state"] != "deleted":
        return comment
    seen = await comment_for(view, comment_id)
    if view.who.may(MODERATE):
        return seen
    post = await post_with_id(view, seen["post"])
    if post is None or post["author"] != view.who.account:
        raise NotYourComment
    return seen


async def take_away(work: DocumentWork, comment: Mapping[str, Any]) -> None:
    """Empties a comment, and takes its place away unless somebody has answered to it; twice does nothing more."""
    kept, there = work.documents(COMMENTS), {"_id": comment["_id"], "post": comment["post"]}
    blank = {"state": "deleted", "text": "", "html": "", "mentions": [], "counts": dict.fromkeys(KINDS, 0)}
    before = await kept.find_one_and_update(
        {**there, "state": ne("deleted")}, {"$set": blank, "$inc": {"version": 1}}, after=False
    )
    if before is None:
        return
    if before["kids"]:
        await kept.update_one(there, {"$set": {"score": before["kids"]}})
    else:
        await remove_place(work, before)
    if before["state"] == "published":
        await count_on_post(work, before["post"], {"comments": -1})
    work.emit(CommentDeleted(comment_id=before["_id"], post_id=before["post"], author_id=before["author"]))
    told = {"comment_id": str(before["_id"]), "post_id": str(before["post"])}
    await append(work, post_channel(before["post"]), "comment.deleted", told, involved=involved_in(before))


async def remove_place(work: DocumentWork, comment: Mapping[str, Any]) -> None:
    """Removes a comment that nobody has answered to, and deleted ones above that were kept for nothing else."""
    kept, empty = work.documents(COMMENTS), comment
    while True:
        await kept.delete_one({"_id": empty["_id"], "post": empty["post"]})
        if empty["parent"] is None:
            return
        parent = await kept.find_one_and_update(
            {"_id": empty["parent"], "post": empty["post"]}, {"$inc": {"kids": -1, "score": -1}}
        )
        if parent is None or parent["kids"] > 0 or parent["state"] != "deleted":
            return
        empty = parent
