"""Pure decisions about feeds: places, heat, diversity, and what is a trend."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from fourfold.ground.ids import new_id
from fourfold.social.feeds.rules import (
    Placed,
    Said,
    Standing,
    is_read,
    ranked,
    trending_hashtags,
    trending_posts,
    why,
)
from fourfold.social.visibility.rules import Tie

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def standing(age: timedelta, author: UUID | None = None, tie: Tie | None = None, **counts: int) -> Standing:
    return Standing(new_id(), author or uuid4(), NOW - age, counts, tie or Tie(follow="yes"))


def said(author: UUID, age: timedelta, *hashtags: str, **counts: int) -> Said:
    return Said(new_id(), author, NOW - age, hashtags, counts)


def people(number: int) -> Sequence[UUID]:
    return [uuid4() for _ in range(number)]


def test_places_are_in_order_and_survive_their_ways() -> None:
    """S-60, I22: by moment, then by id; a timeline and a cursor give the same place back."""
    author, low, high = uuid4(), UUID(int=1), UUID(int=2)
    places = [Placed.at(NOW - HOUR, high, author), Placed.at(NOW, low, author), Placed.at(NOW, high, author)]
    assert sorted(places) == places
    assert sorted(places, key=lambda each: (each.ms, each.member)) == places
    for place in places:
        kept = Placed.of_member(float(place.ms), place.member)
        assert (kept, kept.author, kept.moment) == (place, author, place.moment)
        assert Placed.of_position(place.position) == place


def test_what_is_made_of_a_post_weighs_against_its_age() -> None:
    """S-60: ten times as much made of it is worth half a day; nearness and freshness count."""
    fresh, loved, old = standing(HOUR), standing(9 * HOUR, like=30, comments=10), standing(48 * HOUR, like=30)
    assert ranked([old, fresh, loved]) == [loved.id, fresh.id, old.id]
    friend = standing(2 * HOUR, tie=Tie(friend="friends"))
    assert ranked([fresh, friend]) == [friend.id, fresh.id]


def test_one_author_does_not_fill_the_top() -> None:
    """S-60: the posts of one author are apart from each other."""
    loud = uuid4()
    row = [standing(timedelta(minutes=number), loud) for number in range(5)]
    other = standing(HOUR)
    order = ranked([*row, other])
    assert order[:2] == [row[0].id, other.id]
    assert set(order) == {each.id for each in [*row, other]}


def test_who_is_read_and_why() -> None:
    """S-60: followed people and friends, as long as they are neither muted nor blocked."""
    reader, author = uuid4(), uuid4()
    assert is_read(Tie(follow="yes"))
    assert is_read(Tie(friend="friends"))
    for tie in (Tie(), Tie(follow="asked"), Tie(follow="yes", mute=True), Tie(follow="yes", blocked=True)):
        assert not is_read(tie)
    told = [
        why("post", reader, reader, Tie()),
        why("quote", author, reader, Tie(follow="yes")),
        why("post", author, reader, Tie(follow="yes", friend="friends")),
        why("repost", author, reader, Tie(friend="friends")),
    ]
    assert [each["kind"] for each in told] == ["own", "following", "friend", "repost"]
    assert [each["by"] for each in told] == [str(reader), str(author), str(author), str(author)]


def test_people_make_a_trend_and_not_posts() -> None:
    """S-61: whoever says something a hundred times is one of those who say it."""
    loud, many = uuid4(), people(4)
    posts = [said(loud, number * timedelta(minutes=1), "buy") for number in range(100)]
    posts += [said(each, HOUR, "garden", "tulip") for each in many]
    found = trending_hashtags(posts, NOW, 10)
    assert [(each.tag, each.people) for each in found] == [("garden", 4), ("tulip", 4)]
    assert [each.tag for each in trending_hashtags(posts, NOW, 1)] == ["garden"]


def test_a_trend_grows() -> None:
    """S-61: what as many say every day is none; what they took up lately stands before what they did in the night."""
    always, sudden, morning = people(5), people(5), people(5)
    posts = [said(each, day * 24 * HOUR + HOUR, "hello") for each in always for day in range(7)]
    posts += [said(each, HOUR, "goal") for each in sudden] + [said(each, 10 * HOUR, "dawn") for each in morning]
    assert [each.tag for each in trending_hashtags(posts, NOW, 10)] == ["goal", "dawn"]
    assert trending_hashtags(posts, NOW + timedelta(days=2), 10) == []


def test_trending_posts_cool_down() -> None:
    """S-61: what is made of a post halves in six hours; two of one author at most."""
    author = uuid4()
    row = [said(author, number * HOUR, like=10) for number in range(1, 4)]
    hot, old, unnoticed = said(uuid4(), 2 * HOUR, shares=20), said(uuid4(), 60 * HOUR, like=999), said(uuid4(), HOUR)
    cool = said(uuid4(), 20 * HOUR, like=20)
    found = trending_posts([*row, hot, old, unnoticed, cool], NOW, 10)
    assert found == [hot.id, row[0].id, row[1].id, cool.id]
