"""Finding: candidates are looked up among what may be for the searcher, and all of them go through the rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import all_ops, either, gte, has_all, lt, one_of, starts_with
from fourfold.ground.pages import Page
from fourfold.social.people.queries import people_under_tokens
from fourfold.social.people.rules import LONGEST_PREFIX, words_of
from fourfold.social.people.rules import MOST_WORDS as MOST_WORDS_OF_NAME
from fourfold.social.people.rules import words_in as words_of_name
from fourfold.social.people.search import may_be_found
from fourfold.social.posts.queries import Placed, published_with
from fourfold.social.search.follow import checked_tag
from fourfold.social.search.rules import beginning_of_tag, rank, said_together, wanted_words
from fourfold.social.search.shapes import HashtagShape
from fourfold.social.ties.readers import read_by
from fourfold.social.visibility.people import as_shown, person_for
from fourfold.social.visibility.posts import page_of_posts, visible_posts
from fourfold.social.visibility.rules import may_by_setting
from fourfold.social.visibility.shapes import ShownPerson, ShownPost
from fourfold.social.visibility.viewer import viewer_of

Sort = Literal["relevance", "latest"]
Wanted = dict[Any, Any]
# So many are ranked against each other; what is older comes after them.
WINDOW = 100
MOST_COUNTED, MOST_COMPARED, LARGEST_CIRCLE = 500, 200, 5_000
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
ABOVE_ALL = UUID(int=2**128 - 1)


async def find_posts(
    view: DocumentView, text: str, only: Mapping[Any, Any], sort: Sort, cursor: str | None, limit: int
) -> Page[ShownPost]:
    """Posts that say all words of the text, as far as the searcher sees them; a text without words finds nothing."""
    words = wanted_words(text)
    if not words:
        return Page(items=[], next=None)
    wanted = {"words": has_all(words), **only, **await _for_searcher(view)}
    candidates = partial(_latest, view, wanted) if sort == "latest" else partial(_best, view, wanted, words)
    purpose = f"social.search:{view.who.account_id}:{sort}:{' '.join(words)}"
    return await page_of_posts(view, purpose, candidates, cursor, limit, "search")


async def narrowed(
    view: DocumentView, author: str | None, since: datetime | None, until: datetime | None
) -> dict[str, Any]:
    """The filters of a search; raises `NoSuchPerson` for an author whom the searcher cannot see."""
    only: dict[str, Any] = {}
    if author is not None:
        only["author"] = (await person_for(view, author)).id
    # Moments beyond these cannot be stored, and so not be asked for.
    bounds = [gte(min(max(since, FIRST), LAST))] if since else []
    bounds += [lt(min(max(until, FIRST), LAST))] if until else []
    if bounds:
        only["published_at"] = all_ops(*bounds)
    return only


async def posts_tagged(view: DocumentView, text: str, cursor: str | None, limit: int) -> Page[ShownPost]:
    """Posts with a hashtag, the newest first, as far as the caller sees them; one of nobody has none."""
    tag = checked_tag(text)
    wanted = {"hashtags": tag, **await _for_searcher(view)}
    return await page_of_posts(view, f"social.hashtag:{tag}", partial(_latest, view, wanted), cursor, limit, "search")


async def find_hashtags(view: DocumentView, text: str, limit: int) -> list[HashtagShape]:
    """Hashtags that begin so, those with the most posts first; posts that are not for the searcher do not count."""
    beginning = beginning_of_tag(text)
    if not beginning:
        return []
    wanted = {"hashtags": starts_with(beginning), **await _for_searcher(view)}
    rows = {row["_id"]: row for row in await published_with(view, wanted, None, MOST_COUNTED)}
    seen = await visible_posts(view, list(rows), place="search")
    counted = Counter(tag for post_id in seen for tag in rows[post_id]["hashtags"] if tag.startswith(beginning))
    ranked = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [HashtagShape(tag=tag, posts=number) for tag, number in ranked[:limit]]


async def find_mentionable(view: DocumentView, text: str, limit: int) -> list[ShownPerson]:
    """People whose handle or name begins so and who let the caller mention them: friends and followed ones first."""
    words = words_of_name(text)[:MOST_WORDS_OF_NAME]
    if not words:
        return []
    people = await people_under_tokens(view, [[word[:LONGEST_PREFIX]] for word in words], MOST_COMPARED)
    viewer = await viewer_of(view, [each.id for each in people])
    asked = text.strip().removeprefix("@").lower()
    found = [
        each
        for each in people
        if each.id != viewer.id
        and may_be_found(viewer, each)
        and may_by_setting(viewer, each, "mention")
        and all(any(said.startswith(word) for said in words_of(each.handle, each.name)) for word in words)
    ]
    # Sorting keeps what is equal in its order: the best known first.
    found.sort(key=lambda each: (not viewer.follows(each.id), not each.handle.startswith(asked)))
    return [as_shown(each) for each in found[:limit]]


async def _for_searcher(view: DocumentView) -> Wanted:
    """What may be for the searcher at all: what is public, their own, and what those say whom they follow.

    Without it a page would be looked for among what is for others; what of the rest they see, the rules decide.
    """
    me = view.who.account_id
    if me is None:
        return {"audience": "public"}
    circle = (await read_by(view, me))[:LARGEST_CIRCLE]
    return either({"audience": "public"}, {"author": one_of([me, *circle])})


async def _latest(view: DocumentView, wanted: Wanted, position: list[Any] | None, limit: int) -> Placed:
    behind = (datetime.fromisoformat(position[0]), UUID(position[1])) if position else None
    rows = await published_with(view, wanted, behind, limit)
    return [([row["published_at"].isoformat(), str(row["_id"])], row["_id"]) for row in rows]


async def _best(
    view: DocumentView, wanted: Wanted, words: Sequence[str], position: list[Any] | None, limit: int
) -> Placed:
    """The next ones by rank: within a window of the newest, then within the window behind it.

    A position is when the search began, which window it is, and the rank and id within it: nothing of what was not
    shown.
    """
    began, window, *place = position or [view.now.isoformat(), 0]
    after = tuple(place) or None
    found: Placed = []
    while len(found) < limit:
        behind = (datetime.fromisoformat(began), ABOVE_ALL)
        rows = await published_with(view, wanted, behind, WINDOW, skip=window * WINDOW)
        ranked = sorted((-_rank_of(words, row), str(row["_id"])) for row in rows)
        found += [([began, window, *each], UUID(each[1])) for each in ranked if after is None or each > after]
        if len(rows) < WINDOW:
            break
        window, after = window + 1, None
    return found[:limit]


def _rank_of(words: Sequence[str], row: Mapping[str, Any]) -> float:
    together = said_together(words, row["words"])
    return rank(words, row["hashtags"], row["counts"], row["published_at"], together=together)
