"""Names of channels, cursors and gaps: values in, values out."""

from uuid import UUID, uuid4

import orjson
import pytest

from fourfold.ground.who import Who
from fourfold.social.channels.events import Happened
from fourfold.social.channels.replay import Replay
from fourfold.social.channels.rules import MOST_REPLAYED, Named, cursors_asked, cursors_in, has_gap, named, post_channel
from fourfold.social.presence.rules import state_of
from fourfold.social.sockets.listener import MOST_WAITING, Listener, Place, Queued
from fourfold.social.ties.rules import Bond, blocked, followed, told_of_change

POST = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def test_a_channel_has_one_name() -> None:
    """S-41: what is written otherwise is another name, and so none."""
    assert named(post_channel(POST)) == Named("post", POST)
    wrong = ["", "post", "post:", f"post:{POST.hex}", f"post:{str(POST).upper()}", f":{POST}", f"post:{POST} ", 5, None]
    assert [named(each) for each in wrong] == [None] * len(wrong)


@pytest.mark.parametrize(
    "words",
    [
        ["5"], ["post:5"], [f"post:{POST}:x"], [f"post:{POST}:-1"], [f"post:{POST}:1", f"post:{POST}:2"], ["{"],
        [f"post:{POST}:{'9' * 5000}"], ['{"post": 1}'],
        [f'{{"post:{POST}": 1.5}}'], [f'{{"post:{POST}": true}}'], [f"post:{POST}:{2**53 + 1}"],
    ],
)  # fmt: skip
def test_cursors_that_are_none(words: list[str]) -> None:
    """S-41: what is not a channel with a number is refused."""
    assert cursors_asked(words) is None


def test_cursors_are_asked_for_in_two_ways() -> None:
    """S-41: as one JSON object, or as names and numbers."""
    wanted = {f"post:{POST}": 7}
    assert cursors_asked([f"post:{POST}:7"]) == cursors_asked([orjson.dumps(wanted).decode()]) == wanted
    assert cursors_asked([]) == cursors_in(None) == {}


def test_a_gap_is_noticed() -> None:
    """S-41, I11: rows that are gone, that are too many, and a number of another log."""
    assert not has_gap(7, 7, [])
    assert has_gap(7, 9, [])
    assert has_gap(9, 7, [])
    assert not has_gap(7, 9, [{"prev": 7}])
    assert has_gap(5, 9, [{"prev": 7}])
    assert has_gap(7, 9, [{"prev": 7}] * (MOST_REPLAYED + 1))


def listener() -> tuple[Listener, Queued]:
    """Somebody who listens, and what they are told."""
    outlet = Queued()
    return Listener(Who(uuid4(), "tenant", "account", uuid4()), outlet, None), outlet


def happened(seq: int | None) -> Happened:
    """Something on a post."""
    return Happened(post_channel(POST), seq, "comment.written", {})


async def told(outlet: Queued) -> list[tuple[int | None, int | None]]:
    """The numbers of what was told, each with the one before it."""
    outlet._queue.put_nowait(None)
    return [(getattr(each, "seq", None), getattr(each, "prev", None)) async for each in outlet]


async def test_what_happens_meanwhile_comes_behind_what_was_missed() -> None:
    """S-41, I11: once, in order, whether it was read, or came while that was read, or both."""
    somebody, outlet = listener()
    place = somebody.places[post_channel(POST)] = Place(seq=3)
    for seq in (7, 9, None, 12):
        somebody.hear(happened(seq))
    somebody.settle(post_channel(POST), place, Replay([happened(5), happened(7)], 7, covered=9))
    somebody.hear(happened(12))
    somebody.hear(happened(20))
    assert await told(outlet) == [(5, 3), (7, 5), (None, None), (12, 7), (20, 12)]


async def test_whoever_is_too_slow_goes_on_later() -> None:
    """S-41, I16: what is kept for somebody is bounded; then they are told where they go on."""
    somebody, outlet = listener()
    place = somebody.places[post_channel(POST)] = Place()
    somebody.settle(post_channel(POST), place, Replay([], 0, 0))
    for seq in range(1, MOST_WAITING + 50):
        somebody.hear(happened(seq))
    assert (outlet.waiting, somebody.behind) == (MOST_WAITING, [post_channel(POST)])
    somebody.catch_up(post_channel(POST), MOST_WAITING + 49)
    assert somebody.behind
    assert len(await told(outlet)) == MOST_WAITING
    somebody.catch_up(post_channel(POST), MOST_WAITING + 49)
    somebody.hear(happened(MOST_WAITING + 60))
    assert await told(outlet) == [(MOST_WAITING + 49, None), (MOST_WAITING + 60, MOST_WAITING + 49)]


def test_an_event_is_written_once_for_all() -> None:
    """S-41: the same text for all who stand at the same place."""
    event = happened(9)
    assert event.text(7) is event.text(7)
    assert orjson.loads(event.text(7)) == {
        "channel": post_channel(POST), "seq": 9, "prev": 7, "type": "comment.written", "data": {}
    }  # fmt: skip
    assert orjson.loads(happened(None).text(None))["seq"] is None


def test_a_block_is_told_to_one_side() -> None:
    """S-41, I1: the other one hears neither of a block nor of what it has ended."""
    before = followed(Bond(), asks=False, request_id=uuid4())
    assert told_of_change(Bond(), before)[1] == {"follow": "no", "followed": "yes", "friend": "no"}
    mine, theirs = told_of_change(before, blocked(before))
    assert (mine["blocked"], theirs) == (True, {})


def test_somebody_is_here_as_long_as_one_connection_is() -> None:
    """S-43: closing one of two is not going; what a dead process has kept counts for nothing."""
    assert state_of([("a", "online"), ("b", "away")], {"a", "b"}) == "online"
    assert state_of([("a", "online"), ("b", "away")], {"b"}) == "away"
    assert state_of([("a", "online")], set()) == "offline"
    assert state_of([], {"a"}) == "offline"
