"""What is done about previews when others tell: the pages to which posts lead are looked at."""

from uuid import UUID

from fourfold.contracts.social import PostEdited, PostPublished
from fourfold.ground.document_work import DocumentView
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.posts.queries import post_with_id
from fourfold.social.previews.jobs import OneLink, fetch_preview
from fourfold.social.previews.rules import FETCHED_FOR

reactions = Reactions("social.previews")


@reactions.on(PostPublished)
async def look_where_post_leads(work: Work, told: PostPublished) -> None:
    """Done twice, the page is looked at once."""
    await _look(work, told.post_id)


@reactions.on(PostEdited)
async def look_where_edited_post_leads(work: Work, told: PostEdited) -> None:
    """It may lead elsewhere now, or be for more people."""
    await _look(work, told.post_id)


async def _look(work: Work, post_id: UUID) -> None:
    post = await post_with_id(DocumentView(work.house, work.who), post_id)
    if post is not None and post.get("link") and post["state"] == "published" and post["audience"] in FETCHED_FOR:
        work.later(fetch_preview, OneLink(post_id=post_id, url=post["link"]))
