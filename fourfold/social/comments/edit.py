"""Editing a comment."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import between
from fourfold.ground.refusals import PreconditionFailed
from fourfold.ground.updates import each
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.comments.write import LONGEST, involved_in
from fourfold.social.texts.compose import compose
from fourfold.social.visibility.comments import NotYourComment, comment_for


class EditComment(BaseModel):
    """What a comment is to say."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST, examples=["Indeed so"])


async def edit_comment(
    work: DocumentWork, comment_id: UUID, ask: EditComment, check: Callable[[Mapping[str, Any]], None]
) -> None:
    """Changes what the caller's comment says; `check` is given it, and raises when it is not the one that was meant.

    Raises `NoSuchComment`, and `NotYourComment` for those of others.
    """
    comment = await comment_for(work, comment_id)
    if comment["author"] != work.who.account:
        raise NotYourComment
    check(comment)
    composed = await compose(work, ask.text, comment["text"])
    if composed.text == comment["text"]:
        return
    meant = {"_id": comment_id, "post": comment["post"], "version": comment["version"], "state": comment["state"]}
    said = {"text": composed.text, "html": composed.html, "mentions": composed.mentions, "edited_at": work.now}
    done = await work.documents(COMMENTS).update_one(meant, {"$set": said, "$inc": {"version": 1}})
    if not done.matched:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat the edit.")
    named = [person for person in composed.mentions if person not in comment["mentions"]]
    if named and comment["kids"]:
        # Whoever must not see it any more does not see what was answered to it either.
        await work.documents(COMMENTS).update_many(_below(comment), {"$addToSet": {"above": each(named)}})
    told = {"comment_id": str(comment_id), "post_id": str(comment["post"]), "version": comment["version"] + 1}
    involved = [*involved_in(comment), *composed.mentions]
    await append(work, post_channel(comment["post"]), "comment.edited", told, involved=involved)
    work.changed({"version": comment["version"]}, {"version": comment["version"] + 1})


def _below(comment: Mapping[str, Any]) -> dict[str, Any]:
    # The character after the slash: what begins with the path and a slash stands between the two.
    return {"post": comment["post"], "path": between(f"{comment['path']}/", f"{comment['path']}0")}
