"""Reading a feed: a page of what the caller may see, the latest or the hottest first, each with why it is there."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.social.feeds.pages import FeedPages
from fourfold.social.feeds.queries import Reader, candidates, reader_of
from fourfold.social.feeds.rules import Placed, Standing, is_read, ranked, why, why_tagged
from fourfold.social.ties.queries import ties_of
from fourfold.social.visibility.posts import show_posts
from fourfold.social.visibility.rules import STRANGERS
from fourfold.social.visibility.shapes import ShownPost

# A page is filled in so many rounds, and goes on with the next cursor when most is not for the reader.
ROUNDS, STEP = 10, 100
# So many neighbours in time are put in order of their heat; then come the next.
WINDOW = 80
# The last bytes of an id tell the posts of one window apart.
TAIL = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts of a feed: with media, with a hashtag, or all."""

    media: bool = False
    hashtag: str | None = None

    def fits(self, post: ShownPost) -> bool:
        """Whether it is one of those; a repost or a quote is when what it refers to is."""
        shown = _with_originals(post)
        return (not self.media or any(each.media for each in shown)) and (
            self.hashtag is None or any(self.hashtag in each.hashtags for each in shown)
        )


Shown = tuple[Placed, ShownPost]


async def latest_page(view: DocumentView, wanted: Wanted, cursor: str | None, limit: int) -> Page[ShownPost]:
    """The caller's feed by time; each post comes once, however many are published meanwhile."""
    return await _latest_page(await reader_of(view), wanted, cursor, limit)


async def latest_answer(view: DocumentView, wanted: Wanted, cursor: str | None, limit: int) -> bytes:
    """The same as JSON; the beginning of a feed is kept in Valkey for as long as nothing that it is made of changes."""
    if cursor is not None or wanted != Wanted():
        return (await latest_page(view, wanted, cursor, limit)).model_dump_json().encode()
    pages = await FeedPages.of(view, limit)
    kept = await pages.fetch()
    if isinstance(kept, bytes):
        return kept
    reader = await reader_of(view)
    body = (await _latest_page(reader, wanted, None, limit)).model_dump_json().encode()
    if kept is not None and reader.turn is not None:
        await pages.keep(kept, reader.turn, reader.made_of, body)
    return body


async def _latest_page(reader: Reader, wanted: Wanted, cursor: str | None, limit: int) -> Page[ShownPost]:
    view = reader.view
    purpose = f"social.feed:{reader.id}:latest:{wanted}"
    position = position_of(view, purpose, cursor)
    behind = Placed.of_position(position) if position is not None else None
    found: list[Shown] = []
    asked = limit + 1
    for _ in range(ROUNDS):
        batch = await candidates(reader, behind, asked)
        found += await _shown(reader, batch, wanted)
        if len(found) > limit:
            found = found[:limit]
            return _page([post for _, post in found], cursor_for(view, purpose, found[-1][0].position))
        if len(batch) < asked:
            return _page([post for _, post in found], None)
        behind, asked = batch[-1], STEP
    return _page([post for _, post in found], cursor_for(view, purpose, behind.position if behind else []))


async def ranked_page(view: DocumentView, wanted: Wanted, cursor: str | None, limit: int) -> Page[ShownPost]:
    """The caller's feed in windows of neighbours in time, in each the hottest first.

    The cursor tells the window and what of it is still to come, in the order that was found at its beginning: so each
    post comes once, whatever is made of it meanwhile.
    """
    purpose = f"social.feed:{view.who.account}:ranked:{wanted}"
    window = _Window.of_position(position_of(view, purpose, cursor))
    reader = await reader_of(view)
    found: list[ShownPost] = []
    for _ in range(ROUNDS):
        window, waiting, is_last = await _window(reader, window, wanted)
        missing = limit - len(found)
        found += waiting[:missing]
        if len(waiting) > missing:
            return _page(found, cursor_for(view, purpose, window.position_before(waiting[missing:])))
        if is_last:
            return _page(found, None)
        window = _Window(behind=window.last)
    return _page(found, cursor_for(view, purpose, window.position_before([])))


@dataclass(frozen=True, slots=True)
class _Window:
    """Neighbours in time: what is behind a place, down to the `last`; `tails` of the ids that are still to come."""

    behind: Placed | None = None
    last: Placed | None = None
    tails: Sequence[bytes] | None = None

    @classmethod
    def of_position(cls, position: Sequence[object] | None) -> "_Window":
        """As a cursor tells it."""
        if position is None:
            return cls()
        behind = Placed.of_position(position[:2])
        if len(position) == len(behind.position):
            return cls(behind)
        tails = urlsafe_b64decode(str(position[4]))
        parts = [tails[start : start + TAIL] for start in range(0, len(tails), TAIL)]
        return cls(behind, Placed.of_position(position[2:4]), parts)

    def position_before(self, posts: Sequence[ShownPost]) -> list[object]:
        """What a cursor tells of what is still to come: these posts of the window, then those behind it."""
        if self.behind is None:
            return []
        if self.last is None:
            return self.behind.position
        tails = b"".join(post.id.bytes[-TAIL:] for post in posts)
        return [*self.behind.position, *self.last.position, urlsafe_b64encode(tails).decode()]


async def _window(reader: Reader, window: _Window, wanted: Wanted) -> tuple[_Window, list[ShownPost], bool]:
    """A window with both its ends, what of it is still to come in its order, and whether it is the last one."""
    if window.last is None or window.tails is None:
        batch = await candidates(reader, window.behind, WINDOW)
        shown = await _shown(reader, batch, wanted)
        posts = {post.id: post for _, post in shown}
        whole = _Window(window.behind or _before_all(batch), batch[-1] if batch else None)
        return whole, [posts[each] for each in ranked(_standing(reader, each) for each in shown)], len(batch) < WINDOW
    tails = set(window.tails)
    rest = [each for each in await _down_to(reader, window.behind, window.last) if each.id.bytes[-TAIL:] in tails]
    by_tail = {post.id.bytes[-TAIL:]: post for _, post in await _shown(reader, rest, wanted)}
    return window, [by_tail[tail] for tail in window.tails if tail in by_tail], False


async def _down_to(reader: Reader, behind: Placed | None, last: Placed) -> list[Placed]:
    # By now there may be others between the ends of a window, as when somebody else is followed.
    found: list[Placed] = []
    for _ in range(ROUNDS):
        batch = await candidates(reader, behind, STEP)
        found += [each for each in batch if each >= last]
        if len(batch) < STEP or batch[-1] <= last:
            break
        behind = batch[-1]
    return found


def _before_all(batch: Sequence[Placed]) -> Placed | None:
    # Whatever comes out from now on is newer than this.
    return Placed(batch[0].ms + 1, UUID(int=0)) if batch else None


def _standing(reader: Reader, shown: Shown) -> Standing:
    place, post = shown
    told = post.original if post.kind == "repost" and isinstance(post.original, ShownPost) else post
    counts: Mapping[str, int] = told.counts.model_dump()
    return Standing(post.id, post.author.id, place.moment, counts, reader.ties.get(post.author.id, STRANGERS))


async def _shown(reader: Reader, batch: Sequence[Placed], wanted: Wanted) -> list[Shown]:
    """Those of the posts that are the reader's to see, whose authors they read, and that they do not mute, with why."""
    await _learn_ties(reader, {each.author for each in batch})
    read = [each for each in batch if _belongs(reader, each)]
    shown = await show_posts(reader.view, [each.id for each in read], "feed", reader.made_of)
    posts = {post.id: post for post in shown}
    found: list[Shown] = []
    for place in read:
        post = posts.get(place.id)
        if post is not None and wanted.fits(post):
            post.why = _why(reader, place, post)
            found.append((place, post))
    return found


def _belongs(reader: Reader, place: Placed) -> bool:
    tie = reader.ties[place.author]
    return place.author == reader.id or is_read(tie) or (place.tagged and not (tie.mute or tie.cut))


def _why(reader: Reader, place: Placed, post: ShownPost) -> dict[str, str]:
    tie = reader.ties[place.author]
    if place.author == reader.id or is_read(tie):
        return why(post.kind, place.author, reader.id, tie)
    return why_tagged(post.hashtags, reader.hashtags)


async def _learn_ties(reader: Reader, people: set[UUID]) -> None:
    unknown = people - set(reader.ties)
    if unknown:
        ties = await ties_of(reader.view, reader.id, unknown)
        reader.ties |= {each: ties.get(each, STRANGERS) for each in unknown}


def _with_originals(post: ShownPost) -> list[ShownPost]:
    shown = [post]
    while isinstance(shown[-1].original, ShownPost):
        shown.append(shown[-1].original)
    return shown


def _page(posts: list[ShownPost], following: str | None) -> Page[ShownPost]:
    return Page(items=posts, next=following)
