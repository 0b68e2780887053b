"""Publishing a post."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import PostPublished
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.ids import new_id
from fourfold.social.posts.documents import POSTS

LONGEST = 10_000


class PublishPost(BaseModel):
    """What is said."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST, description="What is said.", examples=["Hello, everybody"])


async def publish_post(work: DocumentWork, ask: PublishPost) -> UUID:
    """Adds the caller's post, and tells of it."""
    post_id, author = new_id(), work.who.account
    await work.documents(POSTS).insert({"_id": post_id, "author": author, "text": ask.text, "at": work.now})
    work.emit(PostPublished(post_id=post_id, author_id=author))
    return post_id
