"""Ways in to feeds: the caller's own, and what many talk about."""

from typing import Annotated, Literal

from fastapi import Query, Response

from fourfold.ground.answers import JsonText, problems
from fourfold.ground.document_work import DocumentView
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.feeds.read import Wanted, latest_answer, ranked_page
from fourfold.social.feeds.shapes import TrendsShape
from fourfold.social.feeds.trending import trends
from fourfold.social.texts.rules import folded
from fourfold.social.visibility.shapes import ShownPost

router = room_router("/v1/social", "feeds")

Reading = Annotated[DocumentView, may("social:feeds:read", opens=DocumentView)]


@router.get("/feed", summary="Read the feed", response_model=Page[ShownPost], responses=problems(401, 403))
async def read_feed_here(
    view: Reading,
    sort: Annotated[Literal["latest", "ranked"], Query(description="By time, or the hottest first.")] = "latest",
    media: Annotated[bool, Query(description="Only posts with media.")] = False,
    hashtag: Annotated[
        str | None, Query(min_length=1, max_length=65, description="Only posts with this hashtag.", examples=["garden"])
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """What the caller, those whom they follow and their friends have written and passed on, each with `why`.

    What others write for everybody with a hashtag that the caller follows is there too.

    Posts of people whom they mute are left out. `why.kind` is own, following, friend, repost or hashtag, `why.by` the
    id of the person because of whom it is there, or the hashtag.
    """
    wanted = Wanted(media, folded(hashtag.removeprefix("#")) if hashtag else None)
    if sort == "latest":
        return JsonText(await latest_answer(view, wanted, cursor, limit))
    return JsonText((await ranked_page(view, wanted, cursor, limit)).model_dump_json())


@router.get("/trending", summary="List trends", responses=problems(401, 403))
async def list_trends_here(view: Reading, limit: Limit = 10) -> TrendsShape:
    """Hashtags that more people use than before, and posts of which people make much, of what is public.

    It is people who count, not posts: whoever says something often is one of them.
    """
    return await trends(view, limit)
