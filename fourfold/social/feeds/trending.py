"""What many talk about: hashtags that spread, and posts of which people make much, of what is public."""

from collections.abc import Collection
from uuid import UUID

from fourfold.ground.cache import kept_briefly
from fourfold.ground.document_work import DocumentView
from fourfold.social.feeds.rules import TAGS_OVER, Said, trending_hashtags, trending_posts
from fourfold.social.feeds.shapes import FoundTrends, TrendingHashtag, TrendsShape
from fourfold.social.people.queries import people_by_id
from fourfold.social.posts.queries import public_since
from fourfold.social.visibility.posts import show_posts
from fourfold.social.visibility.viewer import viewer_of

# Trends are made of so many posts at most, the newest.
MOST_POSTS = 10_000
# Of so many on they are kept for some seconds.
COSTLY = 500
MOST_KEPT = 50


async def trends(view: DocumentView, limit: int) -> TrendsShape:
    """Trends without those from whom the caller is cut off, and of the posts those that the caller may see.

    What they have muted in their feed is left out as well.
    """
    viewer = await viewer_of(view, [])
    if viewer.cut:
        found, _ = await _found(view, viewer.cut)
    else:
        found = FoundTrends.model_validate_json(await kept_briefly(view, "social.trends", lambda: _told(view)))
    hashtags = [each for each in found.hashtags if not viewer.quiet.hides_hashtag("feed", each.hashtag)]
    posts = await show_posts(view, found.posts, "feed")
    return TrendsShape(hashtags=hashtags[:limit], posts=posts[:limit])


async def _told(view: DocumentView) -> tuple[str, bool]:
    found, costly = await _found(view, frozenset())
    return found.model_dump_json(), costly


async def _found(view: DocumentView, without: Collection[UUID]) -> tuple[FoundTrends, bool]:
    rows = await public_since(view, view.now - TAGS_OVER, MOST_POSTS)
    authors = await people_by_id(view, {row["author"] for row in rows})
    # What somebody protected writes for everybody is still for their followers only.
    heard = {each.id for each in authors.values() if (each.visibility, each.state) == ("public", "active")}
    said = [
        Said(row["_id"], row["author"], row["published_at"], row["hashtags"], row["counts"])
        for row in rows
        if row["author"] in heard and row["author"] not in without
    ]
    hashtags = trending_hashtags(said, view.now, MOST_KEPT)
    found = FoundTrends(
        hashtags=[TrendingHashtag(hashtag=each.tag, people=each.people) for each in hashtags],
        posts=trending_posts(said, view.now, MOST_KEPT),
    )
    return found, len(rows) > COSTLY
