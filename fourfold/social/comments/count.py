"""The counts on a comment: kept with what they count, in the same transaction."""

from collections.abc import Mapping
from uuid import UUID

from fourfold.ground.document_work import DocumentWork
from fourfold.social.comments.documents import COMMENTS


async def count_on_comment(work: DocumentWork, post_id: UUID, comment_id: UUID, by: Mapping[str, int]) -> bool:
    """Adds to the reactions to a comment (`like`: 1); says whether there is such a comment."""
    changes = {f"counts.{kind}": number for kind, number in by.items()}
    wanted = {"_id": comment_id, "post": post_id, "state": "published"}
    done = await work.documents(COMMENTS).update_one(wanted, {"$inc": {**changes, "score": sum(by.values())}})
    return done.matched > 0


async def correct_comment(work: DocumentWork, post_id: UUID, comment_id: UUID, right: Mapping[str, object]) -> None:
    """Sets what is counted of a comment (`kids`, `score`, `counts`) to what was found by counting again."""
    await work.documents(COMMENTS).update_one({"_id": comment_id, "post": post_id}, {"$set": right})
