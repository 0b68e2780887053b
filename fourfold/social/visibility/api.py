"""Ways in to the rules: why somebody sees a post, or does not."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView
from fourfold.ground.door import may, room_router
from fourfold.social.visibility.explain import explain
from fourfold.social.visibility.shapes import ExplanationShape

router = room_router("/v1/social", "visibility")


@router.get("/posts/{post_id}/visibility", summary="Explain who sees a post", responses=problems(401, 403, 404))
async def explain_visibility_here(
    post_id: UUID,
    view: Annotated[DocumentView, may("social:posts:read", opens=DocumentView)],
    viewer: Annotated[
        str | None, Query(min_length=1, max_length=64, description="The handle or id of whoever looks; none: oneself.")
    ] = None,
) -> ExplanationShape:
    """Whether a person sees a post, and the rules that say so: for those who may ask about all, and for its author.

    Authors are not told of blocks between others.
    """
    return await explain(view, post_id, viewer)
