"""Ways in to bookmarks and their collections."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.bookmarks import queries
from fourfold.social.bookmarks.keep import (
    KeepPost,
    MakeCollection,
    change_collection,
    collection_for,
    keep_no_longer,
    keep_post,
    make_collection,
    own_collection,
    remove_collection,
)
from fourfold.social.bookmarks.shapes import BookmarkCollectionShape
from fourfold.social.visibility.posts import page_of_posts
from fourfold.social.visibility.shapes import ShownPost

router = room_router("/v1/social", "bookmarks")

Keeping = Annotated[DocumentWork, may("social:bookmarks:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, may("social:bookmarks:read", opens=DocumentView)]


@router.put("/posts/{post_id}/bookmark", status_code=204, summary="Bookmark a post", responses=problems(401, 403, 404))
async def keep_post_here(post_id: UUID, ask: KeepPost, work: Keeping) -> None:
    """Keeps a post for later, or moves it to another collection of the caller's."""
    await keep_post(work, post_id, ask)


@router.delete(
    "/posts/{post_id}/bookmark", status_code=204, summary="Remove a bookmark", responses=problems(401, 403, 404)
)
async def keep_no_longer_here(post_id: UUID, work: Keeping) -> None:
    """Keeps a post no longer; without a bookmark nothing happens."""
    await keep_no_longer(work, post_id)


@router.get("/bookmarks", summary="List bookmarks", responses=problems(401, 403, 404))
async def list_bookmarks_here(
    view: Looking,
    collection_id: Annotated[UUID | None, Query(description="Those in one of the caller's collections.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ShownPost]:
    """The posts that the caller has bookmarked, the latest first, as far as they still see them."""
    if collection_id is not None:
        await own_collection(view, collection_id)
    candidates = partial(queries.bookmarks_of, view, view.who.account, collection_id)
    return await page_of_posts(view, f"social.bookmarks:{view.who.account}:{collection_id}", candidates, cursor, limit)


@router.post("/bookmark-collections", status_code=201, summary="Make a collection", responses=problems(401, 403, 409))
async def make_collection_here(ask: MakeCollection, work: Keeping) -> BookmarkCollectionShape:
    """Makes a collection of the caller's, for them alone or shared."""
    return await make_collection(work, ask)


@router.get("/bookmark-collections", summary="List collections", responses=problems(401, 403))
async def list_collections_here(view: Looking) -> Page[BookmarkCollectionShape]:
    """The caller's collections, by name; a hundred at most, on one page."""
    rows = await queries.collections_of(view, view.who.account)
    return Page(items=[BookmarkCollectionShape.of(row) for row in rows], next=None)


@router.put(
    "/bookmark-collections/{collection_id}", summary="Change a collection", responses=problems(401, 403, 404, 409)
)
async def change_collection_here(collection_id: UUID, ask: MakeCollection, work: Keeping) -> BookmarkCollectionShape:
    """Gives the caller's collection a name, and shares it or no longer."""
    return await change_collection(work, collection_id, ask)


@router.delete(
    "/bookmark-collections/{collection_id}",
    status_code=204,
    summary="Remove a collection",
    responses=problems(401, 403, 404),
)
async def remove_collection_here(collection_id: UUID, work: Keeping) -> None:
    """Removes the caller's collection; what was in it stays bookmarked."""
    await remove_collection(work, collection_id)


@router.get(
    "/bookmark-collections/{collection_id}/posts", summary="Look into a collection", responses=problems(401, 403, 404)
)
async def list_collection_here(
    collection_id: UUID, view: Looking, limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownPost]:
    """What is in a collection of the caller's or in a shared one, as far as the caller may see it themselves."""
    found = await collection_for(view, collection_id)
    candidates = partial(queries.bookmarks_of, view, found.by, collection_id)
    return await page_of_posts(view, f"social.collection:{collection_id}", candidates, cursor, limit)
