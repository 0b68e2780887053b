"""Open posts: what happens on them is told at once, to those whom it is for, once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, repost, tie, write
from tests.builders.sockets import Socket, all_listening, listening, own_channel, quickest
from tests.conftest import Tenant

Eventually = Callable[..., Any]
PEOPLE = "/v1/social/people"


def heard(socket: Socket, channel: str, number: int) -> list[dict[str, Any]]:
    """The first events of a channel, once so many have come."""
    return list(
        socket.until(
            lambda: (found := [each for each in socket.logged if each["channel"] == channel])[number - 1 :] and found
        )
    )


def test_what_happens_on_a_post_is_told(tenant: Tenant) -> None:
    """S-44, S-41: comments, reactions, shares and edits in their order, each behind the one before it."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    with listening(reader) as socket:
        seq = socket.subscribe(channel)
        said = comment(author, post)
        answer = comment(author, post, parent=said)
        react(author, post)
        react(author, post, "love")
        react(author, said)
        assert author.delete(f"{POSTS_HERE}/{post['id']}/reaction").status_code == 204
        assert author.patch(f"{COMMENTS_HERE}/{said['id']}", json={"text": "Otherwise"}).status_code == 200
        assert author.delete(f"{COMMENTS_HERE}/{answer['id']}").status_code == 204
        repost(reader, post)
        assert author.patch(f"{POSTS_HERE}/{post['id']}", json={"text": "Hello again"}).status_code == 200
        events = heard(socket, channel, 10)
    assert [each["type"] for each in events] == [
        "comment.written", "comment.written", "reaction.changed", "reaction.changed", "reaction.changed",
        "reaction.changed", "comment.edited", "comment.deleted", "shares.changed", "post.edited",
    ]  # fmt: skip
    assert [each["prev"] for each in events] == [seq, *(each["seq"] for each in events[:-1])]
    assert events[1]["data"] == {
        "comment_id": answer["id"], "parent_id": said["id"], "post_id": post["id"], "author_id": author.account_id
    }  # fmt: skip
    kinds = [(each["data"]["kind"], each["data"]["before"]) for each in events if each["type"] == "reaction.changed"]
    assert kinds == [("like", None), ("love", "like"), ("like", None), (None, "love")]


def test_events_make_an_old_answer_a_new_one(tenant: Tenant) -> None:
    """S-44, I12: what was read before, changed by what was told since, is what is read now."""
    author, reader, other = joined(tenant, 3)
    post = write(author)
    channel = f"post:{post['id']}"
    with listening(reader) as socket:
        socket.subscribe(channel)
        counts = dict(reader.get(f"{POSTS_HERE}/{post['id']}").json()["counts"])
        for each in (author, other):
            react(each, post, "love")
        react(other, post, "sad")
        gone = comment(other, post)
        comment(author, post)
        assert other.delete(f"{COMMENTS_HERE}/{gone['id']}").status_code == 204
        repost(other, post)
        for event in heard(socket, channel, 7):
            data = event["data"]
            if event["type"] == "reaction.changed":
                for kind, change in ((data["before"], -1), (data["kind"], 1)):
                    counts[kind] = counts.get(kind, 0) + change
            elif event["type"] == "shares.changed":
                counts["shares"] += data["change"]
            else:
                counts["comments"] += {"comment.written": 1, "comment.deleted": -1}[event["type"]]
    counts.pop(None, None)
    assert reader.get(f"{POSTS_HERE}/{post['id']}").json()["counts"] == counts


def test_two_processes_tell_the_same(tenant: Tenant, second_url: str) -> None:
    """S-41: who listens at one process hears what happens at the other one, at once, both in the same order."""
    author, reader = joined(tenant, 2)

    def telling() -> float:
        post = write(author)
        channel = f"post:{post['id']}"
        with listening(reader) as here, listening(reader, url=second_url) as there:
            for socket in (here, there):
                socket.subscribe(channel)
            began = time.monotonic()
            for _ in range(5):
                comment(author, post)
            texts = [[(each["seq"], each["data"]) for each in heard(socket, channel, 5)] for socket in (here, there)]
            seconds = time.monotonic() - began
        assert texts[0] == texts[1]
        return seconds

    assert quickest(telling, 3) < 3


def test_nothing_is_lost_and_nothing_doubled(tenant: Tenant, second_url: str) -> None:
    """S-41, I11: what was heard before, played again and heard afterwards is the log, however often one is away."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    written: list[str] = []
    got: list[dict[str, Any]] = []
    with listening(reader) as socket:
        cursors = socket.cursors | {channel: socket.subscribe(channel)}
    for round_ in range(4):
        written += [comment(author, post)["id"] for _ in range(round_)]
        with listening(reader, cursors, url=second_url if round_ % 2 else None) as socket:
            written += [comment(author, post)["id"] for _ in range(2)]
            heard(socket, channel, round_ + 2)
            got += [each for each in socket.logged if each["channel"] == channel]
            cursors = socket.cursors
    assert [each["data"]["comment_id"] for each in got] == written
    assert [each["prev"] for each in got[1:]] == [each["seq"] for each in got[:-1]]


def test_a_block_ends_it_at_once(tenant: Tenant) -> None:
    """S-41, I1, I5: neither hears anything more of the other, on an open post and on one of somebody else's."""
    author, reader, third = joined(tenant, 3)
    own, theirs = write(author), write(third)
    with all_listening(reader, third) as (socket, witness):
        places = {post["id"]: socket.subscribe(f"post:{post['id']}") for post in (own, theirs)}
        witness.subscribe(f"post:{theirs['id']}")
        comment(third, own)
        socket.until(lambda: socket.logged)
        assert author.put(f"{PEOPLE}/{reader.account_id}/block").status_code == 204
        before = len(socket.events)
        said = comment(author, theirs)
        comment(third, theirs, parent=said)
        react(author, theirs)
        comment(third, own)
        last = comment(third, theirs, "For all")
        channel = f"post:{theirs['id']}"
        (event,) = socket.until(lambda: [each for each in socket.events[before:] if each["channel"] == channel])
        # Of what was hidden there is no trace: not even a gap.
        assert (event["data"]["comment_id"], event["prev"]) == (last["id"], places[theirs["id"]])
        assert socket.until(lambda: socket.told("unsubscribed")) == [{"channel": f"post:{own['id']}"}]
        # Whoever is blocked is not told so.
        assert "tie.changed" not in socket.types()
        assert len(heard(witness, channel, 4)) == 4


def test_what_is_hidden_leaves_no_trace_later_either(tenant: Tenant) -> None:
    """S-41, I2: played again, or asked for, it is as if somebody who is cut off had done nothing."""
    author, reader, blocked = joined(tenant, 3)
    tie(tenant, reader, blocked, block=True)
    post = write(author)
    channel = f"post:{post['id']}"
    first = comment(author, post)
    with listening(reader) as socket:
        seq = socket.subscribe(channel)
        cursors = socket.cursors | {channel: seq}
    comment(blocked, post)
    with listening(reader, cursors) as socket:
        assert (socket.logged, socket.cursors[channel]) == ([], seq)
    last = comment(author, post)
    missed = reader.get("/v1/social/sync", params={"cursors": f"{channel}:{seq}"}).json()
    assert [(each["data"]["comment_id"], each["prev"]) for each in missed["events"]] == [(last["id"], seq)]
    assert first["id"] != last["id"]


@pytest.mark.parametrize("change", ["narrow", "delete"])
def test_a_post_that_is_gone_is_told_of_no_more(tenant: Tenant, change: str) -> None:
    """S-41, I5: within a second of a narrower audience, or of the end, whoever had it open hears nothing more of it."""
    author, reader = joined(tenant, 2)

    def ending() -> float:
        post = write(author)
        with listening(reader) as socket:
            socket.subscribe(f"post:{post['id']}")
            there = f"{POSTS_HERE}/{post['id']}"
            if change == "narrow":
                assert author.patch(there, json={"audience": "me"}).status_code == 200
                comment(author, post)
            else:
                assert author.delete(there).status_code == 204
            began = time.monotonic()
            socket.until(lambda: socket.told("unsubscribed"))
            seconds = time.monotonic() - began
            socket.quiet(0.5)
            assert socket.types(f"post:{post['id']}") == ([] if change == "narrow" else ["post.deleted"])
            assert socket.ask("subscribe", {"channel": f"post:{post['id']}"})["error"]["status"] == 404
            return seconds

    assert quickest(ending, 3) < 3


def test_a_lost_hint_costs_only_time(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-41, I11, I40: Valkey forgets everything and tells nothing, and still each event comes, once and in order."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    with listening(reader) as socket:
        socket.subscribe(channel)
        Redis.from_url(str(tenant.running.settings.valkey_url)).flushdb()

        async def lost(*_: object) -> None:
            """As if nobody had heard it."""

        monkeypatch.setattr("fourfold.ground.document_work.announce_all", lost)
        written = [comment(author, post)["id"] for _ in range(3)]
        events = heard(socket, channel, 3)
    assert [each["data"]["comment_id"] for each in events] == written


def test_a_slow_reader_delays_nobody(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-41, I16: whoever does not take what comes is told later that they missed it; the others hear it at once."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    base = f"{tenant.running.url}/socket.io/?EIO=4&transport=polling"
    client = reader.base
    opened = client.get(base).text
    sid = opened[opened.index('"sid":"') + 7 :].partition('"')[0]
    slow = f"{base}&sid={sid}"
    token = reader.headers["Authorization"].removeprefix("Bearer ")
    assert client.post(slow, content=f'40{{"token":"{token}"}}').text == "OK"
    while "ready" not in client.get(slow).text:
        pass
    client.post(slow, content=f'421["subscribe",{{"channel":"{channel}"}}]')
    assert '"ok":true' in client.get(slow).text
    monkeypatch.setattr("fourfold.social.sockets.listener.MOST_WAITING", 4)
    monkeypatch.setattr("fourfold.social.sockets.listener.FEW_WAITING", 1)
    with listening(author) as socket:
        socket.subscribe(channel)
        written: list[str] = []
        for number in (3, 3, 2):
            # All at once may be too many for this listener as well.
            written += [comment(author, post)["id"] for _ in range(number)]
            assert [each["data"]["comment_id"] for each in heard(socket, channel, len(written))] == written
        taken = client.get(slow).text
        assert taken.count("comment.written") == 4
        assert "resync_required" in client.get(slow).text
        comment(author, post)
        assert client.get(slow).text.count("comment.written") == 1


def test_the_feed_says_that_there_is_more(tenant: Tenant) -> None:
    """S-44: who reads an author hears of something new, and nobody else does."""
    author, reader, other = joined(tenant, 3)
    tie(tenant, reader, author, follow="yes")
    with all_listening(reader, other) as (socket, stranger):
        post = write(author)
        event = socket.until(lambda: [each for each in socket.events if each["type"] == "feed.changed"])[0]
        assert (event["seq"], event["prev"], event["channel"]) == (None, None, own_channel(reader))
        assert event["data"] == {"post_id": post["id"], "author_id": author.account_id}
        write(author, audience="friends")
        socket.quiet(1.5)
        stranger.quiet(0.5)
        assert (socket.types().count("feed.changed"), stranger.types()) == (1, [])
