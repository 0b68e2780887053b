"""Which posts a person's feed holds, in order: out of their timeline, and from the documents whatever is not in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.ids import new_id
from fourfold.ground.touched import MadeOf, things
from fourfold.ground.valkey import ValkeyAway
from fourfold.social.feeds.documents import PULLED_AUTHORS
from fourfold.social.feeds.rules import Placed, is_read
from fourfold.social.feeds.timelines import CAP, Kept, Timelines
from fourfold.social.posts.queries import latest_by, latest_tagged, lists_with
from fourfold.social.search.queries import hashtags_followed_by, things_of_followed_hashtags
from fourfold.social.ties.queries import things_of_ties, ties_of
from fourfold.social.ties.readers import number_read_by, read_by
from fourfold.social.visibility.rules import Tie

# Each post is compared with all of those who are asked for together.
AUTHORS_AT_ONCE = 25
MOST_PULLED = 10_000


@dataclass(slots=True)
class Reader:
    """Somebody who reads their feed.

    `people` is how many they read, `pulled` those of them whose posts are not put into timelines, `hashtags` those that
    they follow; `ties` are those that are known by now. `made_of` is what they are shown is made of, and
    `turn` that of their timeline, None when it was not asked.
    """

    view: DocumentView
    id: UUID
    people: int
    pulled: Sequence[UUID]
    hashtags: Sequence[str]
    ties: dict[UUID, Tie] = field(default_factory=dict)
    made_of: MadeOf = field(default_factory=MadeOf)
    turn: bytes | None = None
    _all: Sequence[UUID] | None = None

    async def everybody(self) -> Sequence[UUID]:
        """All those whom they read."""
        if self._all is None:
            self._all = await read_by(self.view, self.id)
        return self._all


async def reader_of(view: DocumentView) -> Reader:
    """The caller as a reader."""
    person = view.who.account
    marked = await view.documents(PULLED_AUTHORS).find({}, fields=["since"], limit=MOST_PULLED)
    ties = await ties_of(view, person, [row["_id"] for row in marked])
    pulled = [author for author, tie in ties.items() if is_read(tie)]
    hashtags = await hashtags_followed_by(view, person)
    reader = Reader(view, person, await number_read_by(view, person), pulled, hashtags)
    known = things_of_ties([person]) | things_of_followed_hashtags([person]) | things(PULLED_AUTHORS, [])
    reader.made_of.things |= known | lists_with([person, *pulled], hashtags)
    return reader


async def candidates(reader: Reader, behind: Placed | None, limit: int) -> list[Placed]:
    """The next posts behind a place of those whom somebody reads, and with hashtags that they follow.

    Whether they see them, is not asked here. It is the same whether or not there is a timeline.
    """
    pushed = await _pushed(reader, behind, limit)
    # Their own posts are there at once, without waiting for them to arrive in the timeline.
    others = reader.pulled if pushed is not None else await reader.everybody()
    looked_for = await latest_from(reader.view, [reader.id, *others], behind, limit)
    tagged = await _tagged(reader, behind, limit)
    found: dict[UUID, Placed] = {}
    for post in sorted({*(pushed or ()), *looked_for, *tagged}, reverse=True):
        found.setdefault(post.id, post)
    return list(found.values())[:limit]


async def latest_from(view: DocumentView, authors: Sequence[UUID], behind: Placed | None, limit: int) -> list[Placed]:
    """What these people have published behind a place, the newest first."""
    place = (behind.moment, behind.id) if behind else None
    found: list[Placed] = []
    for start in range(0, len(authors), AUTHORS_AT_ONCE):
        rows = await latest_by(view, authors[start : start + AUTHORS_AT_ONCE], place, limit)
        found += [Placed.at(row["published_at"], row["_id"], row["author"]) for row in rows]
    return sorted(found, reverse=True)[:limit]


async def _tagged(reader: Reader, behind: Placed | None, limit: int) -> list[Placed]:
    if not reader.hashtags:
        return []
    place = (behind.moment, behind.id) if behind else None
    rows = await latest_tagged(reader.view, reader.hashtags, place, limit)
    return [Placed.at(row["published_at"], row["_id"], row["author"], tagged=True) for row in rows]


async def _pushed(reader: Reader, behind: Placed | None, limit: int) -> Sequence[Placed] | None:
    """What the reader's timeline tells, made anew at the beginning of a feed; None when it does not tell."""
    if reader.view.house.settings.cache == "off":
        return None
    timelines = Timelines.of(reader.view)
    try:
        kept = await timelines.read(reader.id, reader.people, behind, limit)
        if kept is None and behind is None:
            kept = await _build(reader, timelines, limit)
    except ValkeyAway:
        return None
    reader.turn = kept.turn if kept is not None else None
    return kept.posts if kept is not None else None


async def _build(reader: Reader, timelines: Timelines, limit: int) -> Kept | None:
    token = new_id().hex
    if not await timelines.begin(reader.id, token):
        return None
    people, pulled = await reader.everybody(), set(reader.pulled)
    pushing = [each for each in people if each not in pulled]
    posts = await latest_from(reader.view, pushing, None, CAP + 1)
    floor = posts[CAP].ms if len(posts) > CAP else 0
    above = [each for each in posts if each.ms > floor]
    await timelines.finish(reader.id, token, reader.people, floor, above)
    return Kept(posts[:limit], whole=not floor, turn=token.encode())
