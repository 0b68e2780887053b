"""Ways in to search: posts, people and hashtags; whom to mention; posts with a hashtag, and following it."""

from typing import Annotated, Literal

from fastapi import Path, Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, public, room_router
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.people.search import search_people
from fourfold.social.search.find import (
    Sort,
    find_hashtags,
    find_mentionable,
    find_posts,
    narrowed,
    posts_tagged,
)
from fourfold.social.search.follow import follow_hashtag, unfollow_hashtag
from fourfold.social.search.queries import hashtags_followed_by
from fourfold.social.search.shapes import FollowedHashtag, HashtagShape
from fourfold.social.visibility.shapes import ShownPerson, ShownPost

router = room_router("/v1/social", "search")

Searching = Annotated[DocumentView, may("social:search:read", opens=DocumentView)]
Following = Annotated[DocumentWork, may("social:search:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
Asked = Annotated[str, Query(min_length=1, max_length=200, description="What is looked for.", examples=["summer"])]
Tag = Annotated[str, Path(min_length=1, max_length=64, description="Without its sign, in any case.")]
What = Annotated[Literal["posts", "people", "hashtags"], Query(description="What is looked for.")]
Order = Annotated[Sort, Query(description="Of posts: the best first, or the newest.")]
Author = Annotated[str | None, Query(min_length=1, max_length=64, description="Posts of one: a handle or an id.")]
Since = Annotated[Moment | None, Query(description="Posts from then on.", examples=["2026-01-31T00:00:00Z"])]
Until = Annotated[Moment | None, Query(description="Posts before then.", examples=["2026-02-28T00:00:00Z"])]


@router.get("/search", summary="Search the community", responses=problems(401, 403, 404))
async def search_here(
    view: Searching,
    q: Asked,
    type: What = "posts",  # noqa: A002 - the name in the address
    sort: Order = "relevance",
    author: Author = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ShownPost] | Page[ShownPerson] | Page[HashtagShape]:
    """Posts that say all the words, people who are called so (a letter may be wrong), or hashtags that begin so.

    What the caller may not see is not found, and not counted. People and hashtags come on one page.
    """
    if type == "people":
        return Page[ShownPerson](items=await search_people(view, q, limit), next=None)
    if type == "hashtags":
        return Page[HashtagShape](items=await find_hashtags(view, q, limit), next=None)
    only = await narrowed(view, author, since, until)
    return await find_posts(view, q, only, sort, cursor, limit)


@router.get("/mentions", summary="Complete a mention", responses=problems(401, 403))
async def complete_mention_here(view: Searching, q: Asked, limit: Limit = 10) -> Page[ShownPerson]:
    """People whose handle or name begins so, and who let the caller mention them: friends and followed ones first."""
    return Page(items=await find_mentionable(view, q, limit), next=None)


@router.get("/hashtags", summary="List followed hashtags", responses=problems(401, 403))
async def list_hashtags_here(view: Searching) -> Page[FollowedHashtag]:
    """The hashtags that the caller follows, by name, on one page."""
    tags = await hashtags_followed_by(view, view.who.account)
    return Page(items=[FollowedHashtag(tag=tag) for tag in tags], next=None)


@router.get("/hashtags/{tag}/posts", summary="List posts with a hashtag", responses=problems(404))
async def list_tagged_here(tag: Tag, view: Looking, limit: Limit = 20, cursor: Cursor = None) -> Page[ShownPost]:
    """Posts with a hashtag, the newest first, as far as the caller sees them."""
    return await posts_tagged(view, tag, cursor, limit)


@router.put("/hashtags/{tag}/follow", status_code=204, summary="Follow a hashtag", responses=problems(401, 403, 404))
async def follow_hashtag_here(tag: Tag, work: Following) -> None:
    """Follows a hashtag; again it does nothing more."""
    await follow_hashtag(work, tag)


@router.delete(
    "/hashtags/{tag}/follow", status_code=204, summary="Unfollow a hashtag", responses=problems(401, 403, 404)
)
async def unfollow_hashtag_here(tag: Tag, work: Following) -> None:
    """Follows a hashtag no longer; without following it nothing happens."""
    await unfollow_hashtag(work, tag)
