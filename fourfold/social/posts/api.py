"""Ways in to posts: writing, reading, editing with history, drafts and schedules, reposts."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response

from fourfold.ground.answers import must_match, problems, tag_with
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.posts import queries
from fourfold.social.posts.delete import delete_post
from fourfold.social.posts.edit import EditPost, edit_post, redact_version
from fourfold.social.posts.history import versions_page
from fourfold.social.posts.publish import publish_draft
from fourfold.social.posts.repost import Repost, repost, take_repost_back
from fourfold.social.posts.write import WritePost, write_post
from fourfold.social.visibility.people import person_for
from fourfold.social.visibility.posts import page_of_posts, show_post
from fourfold.social.visibility.shapes import ShownPost, VersionShape

router = room_router("/v1/social", "posts")

Writing = Annotated[DocumentWork, may("social:posts:write", opens=DocumentWork)]
Reading = Annotated[DocumentView, may("social:posts:read", opens=DocumentView)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
Handle = Annotated[str, Path(min_length=1, max_length=64, description="Their handle, or their id.")]
VersionNumber = Annotated[int, Path(ge=1, le=1_000_000_000)]


@router.post("/posts", status_code=201, summary="Write a post", responses=problems(401, 403, 404, 409))
async def write_post_here(ask: WritePost, work: Writing, response: Response) -> ShownPost:
    """Publishes it, keeps it as a draft, or has it published when its time has come."""
    post = await write_post(work, ask)
    response.headers["Location"] = f"/v1/social/posts/{post.id}"
    return _tagged(response, post)


@router.get("/posts/{post_id}", summary="Show a post", responses=problems(404))
async def show_post_here(post_id: UUID, view: Looking, response: Response) -> ShownPost:
    """A post, as far as the caller may see it; what they may not see is not there."""
    return _tagged(response, await show_post(view, post_id))


@router.patch("/posts/{post_id}", summary="Edit a post", responses=problems(401, 403, 404, 409, 412))
async def edit_post_here(
    post_id: UUID, ask: EditPost, work: Writing, request: Request, response: Response
) -> ShownPost:
    """Changes the caller's post; once it is published, what it said before stays in its history."""
    await edit_post(work, post_id, ask, partial(_must_match, request))
    return _tagged(response, await show_post(work, post_id))


@router.delete("/posts/{post_id}", status_code=204, summary="Delete a post", responses=problems(401, 403, 404, 412))
async def delete_post_here(post_id: UUID, work: Writing, request: Request) -> None:
    """Takes the caller's post away from everybody at once; it is erased after a while."""
    await delete_post(work, post_id, partial(_must_match, request))


@router.post("/posts/{post_id}/publish", summary="Publish a draft", responses=problems(401, 403, 404, 409))
async def publish_draft_here(post_id: UUID, work: Writing, response: Response) -> ShownPost:
    """Publishes the caller's draft, or a scheduled post before its time."""
    await publish_draft(work, post_id)
    return _tagged(response, await show_post(work, post_id))


@router.get("/posts/{post_id}/versions", summary="Read a post's history", responses=problems(404))
async def list_versions_here(
    post_id: UUID, view: Looking, limit: Limit = 20, cursor: Cursor = None
) -> Page[VersionShape]:
    """What it says and said, the newest first, each with how it differs from the one before; for those who see it."""
    return await versions_page(view, post_id, cursor, limit)


@router.delete(
    "/posts/{post_id}/versions/{version}",
    status_code=204,
    summary="Erase a former version",
    responses=problems(401, 403, 404),
)
async def redact_version_here(post_id: UUID, version: VersionNumber, work: Writing) -> None:
    """Erases what the caller's post said then; that it said something stays in its history."""
    await redact_version(work, post_id, version)


@router.get("/drafts", summary="List drafts", responses=problems(401, 403))
async def list_drafts_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[ShownPost]:
    """The caller's drafts, the newest first."""
    candidates = partial(queries.unpublished_by, view, view.who.account, "draft")
    return await page_of_posts(view, f"social.drafts:{view.who.account}", candidates, cursor, limit)


@router.get("/scheduled", summary="List scheduled posts", responses=problems(401, 403))
async def list_scheduled_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[ShownPost]:
    """The caller's posts that wait for their time, the last one written first."""
    candidates = partial(queries.unpublished_by, view, view.who.account, "scheduled")
    return await page_of_posts(view, f"social.scheduled:{view.who.account}", candidates, cursor, limit)


@router.put("/posts/{post_id}/repost", summary="Repost a post", responses=problems(401, 403, 404))
async def repost_here(post_id: UUID, ask: Repost, work: Writing) -> ShownPost:
    """Passes a post on; only those see it there who may see it anyway. Again it does nothing more."""
    return await show_post(work, await repost(work, post_id, ask))


@router.delete(
    "/posts/{post_id}/repost", status_code=204, summary="Take a repost back", responses=problems(401, 403, 404)
)
async def take_repost_back_here(post_id: UUID, work: Writing) -> None:
    """Takes the caller's repost of a post back; without one nothing happens."""
    await take_repost_back(work, post_id)


@router.get("/people/{handle}/posts", summary="List a person's posts", responses=problems(404))
async def list_posts_of_person_here(
    handle: Handle, view: Looking, limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownPost]:
    """What a person has published and passed on, the newest first, as far as the caller may see it."""
    person = await person_for(view, handle)
    candidates = partial(queries.published_by, view, person.id)
    return await page_of_posts(view, f"social.posts:{person.id}", candidates, cursor, limit)


def _tagged(response: Response, post: ShownPost) -> ShownPost:
    response.headers["ETag"] = tag_with(f'"{post.version}"', post.model_dump_json().encode())
    return post


def _must_match(request: Request, post: Mapping[str, Any]) -> None:
    must_match(request, f'"{post["version"]}"')
