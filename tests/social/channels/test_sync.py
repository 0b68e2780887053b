"""Asking for what was missed, instead of listening."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from pymongo import MongoClient

from fourfold.social.channels.documents import CHANNEL_LOG, CHANNELS
from tests.builders.community import comment, joined, tie, write
from tests.conftest import Caller, Tenant, documents_url

SYNC = "/v1/social/sync"
DocumentsOf = Callable[..., list[dict[str, Any]]]


def asked(caller: Caller, words: list[str]) -> dict[str, Any]:
    """The answer to these words."""
    answer = caller.get(SYNC, params={"cursors": words})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_what_was_missed_is_read(tenant: Tenant) -> None:
    """S-41: the same events in the same order as those who listen hear them, each once."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    first = asked(reader, [f"{channel}:0"])
    assert (first["events"], first["resync"], first["more"]) == ([], [], False)
    said = [comment(author, post)["id"] for _ in range(3)]
    second = asked(reader, [f"{channel}:{first['cursors'][channel]}"])
    assert [each["data"]["comment_id"] for each in second["events"]] == said
    assert [each["prev"] for each in second["events"]] == [0, *(each["seq"] for each in second["events"][:-1])]
    assert asked(reader, [f"{channel}:{second['cursors'][channel]}"])["events"] == []
    # Without numbers it says where the own channel is.
    assert list(asked(reader, [])["cursors"]) == [f"user:{reader.account_id}"]


def test_what_is_gone_is_read_anew(tenant: Tenant) -> None:
    """S-41: rows that are gone are not passed over in silence; so is a number that is none of this log."""
    author, reader = joined(tenant, 2)
    post = write(author)
    channel = f"post:{post['id']}"
    for _ in range(3):
        comment(author, post)
    url = documents_url(tenant.running.database)
    with MongoClient[dict[str, Any]](url, uuidRepresentation="standard") as client:
        log = client.get_default_database()[CHANNEL_LOG.name]
        rows = list(log.find({"t": UUID(tenant.id), "channel": channel}, sort=[("seq", 1)]))
        log.delete_one({"t": UUID(tenant.id), "_id": rows[0]["_id"]})
    for cursor in (0, rows[2]["seq"] + 100):
        answer = asked(reader, [f"{channel}:{cursor}"])
        assert (answer["events"], answer["resync"]) == ([], [channel])
        assert answer["cursors"][channel] == rows[2]["seq"]
    assert len(asked(reader, [f"{channel}:{rows[0]['seq']}"])["events"]) == 2


def test_too_much_comes_in_parts(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-41: an answer is bounded, and says when there is more."""
    author, reader = joined(tenant, 2)
    posts = [write(author) for _ in range(2)]
    said = [comment(author, post)["id"] for post in posts for _ in range(3)]
    monkeypatch.setattr("fourfold.social.channels.sync.MOST_REPLAYED", 4)
    cursors = {f"post:{post['id']}": 0 for post in posts}
    got: list[str] = []
    for more in (True, False):
        answer = asked(reader, [f"{channel}:{seq}" for channel, seq in cursors.items()])
        got += [each["data"]["comment_id"] for each in answer["events"]]
        cursors |= {channel: answer["cursors"][channel] for channel in cursors}
        assert answer["more"] is more
    assert got == said


def test_what_is_not_there_for_somebody(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-41, I4, I8: another tenant's post, one that is not for the caller, and nothing are the same."""
    author, reader = joined(tenant, 2)
    tie(tenant, author, reader, block=True)
    posts = [write(author)["id"], write(other_tenant.owner)["id"], str(uuid4())]
    answer = asked(reader, [f"post:{each}:0" for each in posts])
    assert answer["resync"] == [f"post:{each}" for each in posts]
    assert list(answer["cursors"]) == [f"user:{reader.account_id}"]


@pytest.mark.parametrize("words", [["5"], ["post:x:1"], ["{"], ["a" * 200], [f"post:{uuid4()}:0"] * 51])
def test_what_is_no_cursor_is_refused(tenant: Tenant, words: list[str]) -> None:
    """S-41: 422 with the field that was wrong."""
    assert tenant.owner.get(SYNC, params={"cursors": words}).status_code == 422
    assert tenant.visitor.get(SYNC).status_code == 401


def test_what_was_told_goes_with_whom_it_was_told(tenant: Tenant, documents_of: DocumentsOf) -> None:
    """S-41, I10: numbers rise; rows of a channel are one chain, and are there for a week at most."""
    author, reader = joined(tenant, 2)
    post = write(author)
    for _ in range(3):
        comment(reader, post)
    rows = [row for row in documents_of(tenant, CHANNEL_LOG) if row["channel"] == f"post:{post['id']}"]
    assert [row["prev"] for row in rows] == [0, *(row["seq"] for row in rows[:-1])]
    (head,) = [row for row in documents_of(tenant, CHANNELS) if row["channel"] == f"post:{post['id']}"]
    assert head["seq"] == rows[-1]["seq"]
