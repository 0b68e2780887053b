"""The picture of a preview is served to whoever sees the post that shows it."""

from uuid import UUID

from fourfold.ground.contents import Content
from fourfold.ground.document_work import DocumentView
from fourfold.ground.refusals import NotFound
from fourfold.social.posts.queries import post_with_id
from fourfold.social.previews.queries import previews_shown
from fourfold.social.visibility.posts import post_for

# Asked about again each time: whoever may not see the post any more does not see it out of what a browser keeps.
CACHED = "private, no-cache"


class NoPicture(NotFound):
    """404: the post has no preview with a picture."""

    code = "social.no_preview_picture"
    title = "The post has no preview with a picture"


async def preview_picture(view: DocumentView, post_id: UUID) -> Content:
    """What is served of the picture; raises `NoSuchPost` and `NoPicture`."""
    await post_for(view, post_id)
    post = await post_with_id(view, post_id)
    link = post.get("link") if post is not None else None
    found = (await previews_shown(view, [link])).get(link) if link else None
    if found is None or found["picture"] is None:
        raise NoPicture
    made = found["picture"]
    return Content(view.who.tenant_id, made["key"], made["bytes"], made["sha256"], made["type"], "inline", CACHED)
