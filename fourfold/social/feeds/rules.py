"""How a feed is put in order, why something is in it, and what is a trend."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fourfold.social.visibility.rules import STRANGERS, Tie

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)
ID_BYTES = 16

# So much later is worth as much as ten times the points: half a day.
TENFOLD = 45_000.0
POINTS: Mapping[str, int] = {"like": 1, "love": 1, "laugh": 1, "angry": 1, "sad": 1, "comments": 2, "shares": 3}
FRIENDSHIP = 0.35
# Each further post of the same author stands as far behind as if it had half the points.
SAME_AUTHOR = 0.3

DAY = timedelta(days=1)
TAGS_OVER, POSTS_OVER = 7 * DAY, 2 * DAY
FEWEST_PEOPLE, FEWEST_POINTS = 3, 2
TAG_HALF_LIFE, POST_HALF_LIFE = 4.0, 6.0
POSTS_OF_ONE = 2
HOUR = 3600.0


def ms_of(moment: datetime) -> int:
    """A moment as timelines and their scripts know it, in whole milliseconds."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Placed:
    """A post in a feed; its place is its moment in milliseconds, then its id. The newest is the largest.

    `tagged` when it is there because of a hashtag.
    """

    ms: int
    id: UUID
    author: UUID = field(default=NOBODY, compare=False)
    tagged: bool = field(default=False, compare=False)

    @classmethod
    def at(cls, moment: datetime, post_id: UUID, author: UUID, *, tagged: bool = False) -> "Placed":
        """A post that was published then."""
        return cls(ms_of(moment), post_id, author, tagged)

    @classmethod
    def of_member(cls, ms: float, member: bytes) -> "Placed":
        """As a timeline keeps it."""
        return cls(int(ms), UUID(bytes=member[:ID_BYTES]), UUID(bytes=member[ID_BYTES:]))

    @classmethod
    def of_position(cls, position: Sequence[object]) -> "Placed":
        """The place that a cursor tells; whose post is there, it does not."""
        return cls(int(str(position[0])), UUID(str(position[1])))

    @property
    def moment(self) -> datetime:
        """When it was published."""
        return EPOCH + timedelta(milliseconds=self.ms)

    @property
    def member(self) -> bytes:
        """What a timeline keeps of it beside its moment: sorted as ids are."""
        return self.id.bytes + self.author.bytes

    @property
    def position(self) -> list[object]:
        """What a cursor tells of its place."""
        return [self.ms, self.id.hex]


def is_read(tie: Tie) -> bool:
    """Whether the first of a pair gets the posts of the second."""
    return (tie.follow == "yes" or tie.friend == "friends") and not (tie.mute or tie.cut)


def why(kind: str, author: UUID, reader: UUID, tie: Tie) -> dict[str, str]:
    """Why a post of this kind is in a reader's feed, and because of whom."""
    if kind == "repost":
        reason = "repost"
    elif author == reader:
        reason = "own"
    else:
        reason = "friend" if tie.friend == "friends" else "following"
    return {"kind": reason, "by": str(author)}


def why_tagged(hashtags: Sequence[str], followed: Collection[str]) -> dict[str, str]:
    """Why a post with these hashtags is in the feed of somebody who follows some."""
    return {"kind": "hashtag", "by": next((tag for tag in hashtags if tag in followed), "")}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a post is ranked by: `counts` are those of what it passes on, if it does."""

    id: UUID
    author: UUID
    at: datetime
    counts: Mapping[str, int]
    tie: Tie = STRANGERS


def points_of(counts: Mapping[str, int]) -> int:
    """How much people made of a post."""
    return sum(each * counts.get(name, 0) for name, each in POINTS.items())


def heat_of(post: Standing) -> float:
    """What a post stands for by itself: it never cools, later ones are hotter; so nothing has to be counted anew."""
    age_free = (post.at - EPOCH).total_seconds() / TENFOLD
    nearness = FRIENDSHIP if post.tie.friend == "friends" else 0.0
    return math.log10(1 + points_of(post.counts)) + age_free + nearness


def ranked(posts: Iterable[Standing]) -> list[UUID]:
    """The hottest first, those of one author not in a row unless they are much hotter than all others."""
    waiting = {post.id: (heat_of(post), post.author) for post in posts}
    before: dict[UUID, int] = defaultdict(int)
    order: list[UUID] = []
    while waiting:
        best = max(waiting, key=lambda each: (waiting[each][0] - SAME_AUTHOR * before[waiting[each][1]], each))
        before[waiting.pop(best)[1]] += 1
        order.append(best)
    return order


@dataclass(frozen=True, slots=True)
class Said:
    """A public post, as far as trends are made of it."""

    id: UUID
    author: UUID
    at: datetime
    hashtags: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trend:
    """A hashtag that more people use than before: how many within a day, and by how much it stands out."""

    tag: str
    people: int
    score: float


def trending_hashtags(said: Iterable[Said], now: datetime, most: int) -> list[Trend]:
    """Hashtags that spread: by distinct people in each day, so that whoever says it often is one of them.

    The people of the last day against the average of the six days before, squared, over that average; half of it is
    left after each four hours in which nobody takes it up. Fewer than three people are no trend.
    """
    days: dict[str, dict[int, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    newest: dict[str, dict[UUID, datetime]] = defaultdict(dict)
    for post in said:
        if not now - TAGS_OVER < post.at <= now:
            continue
        for tag in post.hashtags:
            days[tag][(now - post.at) // DAY].add(post.author)
            newest[tag][post.author] = max(post.at, newest[tag].get(post.author, post.at))
    trends = []
    for tag, by_day in days.items():
        today = len(by_day[0])
        before = max(1.0, sum(len(people) for day, people in by_day.items() if day) / (TAGS_OVER / DAY - 1))
        if today < FEWEST_PEOPLE or today <= before:
            continue
        ages = [_hours(now - newest[tag][person]) for person in by_day[0]]
        score = (today - before) ** 2 / before * 0.5 ** (sum(ages) / len(ages) / TAG_HALF_LIFE)
        trends.append(Trend(tag, today, score))
    return sorted(trends, key=lambda each: (-each.score, each.tag))[:most]


def trending_posts(said: Iterable[Said], now: datetime, most: int) -> list[UUID]:
    """The posts of which people make the most of late, two of one author at most; after six hours half as much."""
    scored = sorted(
        (
            (points_of(post.counts) * 0.5 ** (_hours(now - post.at) / POST_HALF_LIFE), post)
            for post in said
            if now - POSTS_OVER < post.at <= now and points_of(post.counts) >= FEWEST_POINTS
        ),
        key=lambda each: (-each[0], each[1].id),
    )
    of_author: dict[UUID, int] = defaultdict(int)
    found: list[UUID] = []
    for _, post in scored:
        of_author[post.author] += 1
        if of_author[post.author] <= POSTS_OF_ONE:
            found.append(post.id)
    return found[:most]


def _hours(age: timedelta) -> float:
    return age.total_seconds() / HOUR
