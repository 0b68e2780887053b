"""Listening to the graph over a websocket: the protocol, and what is heard by whom."""

import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, tie, write
from tests.builders.graph import GRAPHQL, PATIENCE, PROTOCOL, Talk, talking, token_of
from tests.builders.sockets import quickest
from tests.builders.ties import follow
from tests.conftest import Caller, Tenant

POST_EVENTS = """
  subscription ($id: UUID!, $cursor: Int) {
    postEvents(id: $id, cursor: $cursor) { channel seq prev type data resyncRequired }
  }
"""
MY_EVENTS = "subscription ($cursor: Int) { myEvents(cursor: $cursor) { channel seq prev type data resyncRequired } }"
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


def heard_out(talk: Talk) -> None:
    """Hears what is still said, until it ends."""
    while True:
        talk.hear()


def closed_with(talk: Talk) -> int:
    """The code with which the other side ends it, whatever it says before."""
    with pytest.raises(ConnectionClosed) as ended:
        heard_out(talk)
    assert ended.value.rcvd is not None
    return int(ended.value.rcvd.code)


def listening(talk: Talk, document: str, **variables: Any) -> tuple[str, int]:
    """A subscription that has begun, and the number behind which it is."""
    name = talk.begin(document, **variables)
    ready = talk.event(name)
    assert (ready["type"], ready["resyncRequired"]) == ("ready", False)
    return name, int(ready["seq"])


def error_of(talk: Talk, name: str) -> tuple[int, str]:
    """The status and the code of what ends an operation."""
    heard = talk.hear()
    assert (heard["type"], heard["id"]) == ("error", name), heard
    [error] = heard["payload"]
    return error["extensions"]["status"], error["extensions"]["code"]


def test_what_happens_on_a_post_is_heard(tenant: Tenant) -> None:
    """S-41, S-82: comments and reactions come at once, each behind the one before it; and again behind a cursor."""
    author, reader = joined(tenant, 2)
    post = write(author)
    with talking(tenant.running, token_of(reader)) as talk:
        assert talk.hear() == {"type": "connection_ack"}
        name, seq = listening(talk, POST_EVENTS, id=post["id"])
        said = comment(author, post)
        first = talk.event(name)
        assert (first["channel"], first["type"], first["prev"]) == (f"post:{post['id']}", "comment.written", seq)
        assert first["data"]["comment_id"] == said["id"]
        react(author, post)
        second = talk.event(name)
        assert second["prev"] == first["seq"]
        talk.say(type="complete", id=name)
        assert author.patch(f"{COMMENTS_HERE}/{said['id']}", json={"text": "Otherwise"}).status_code == 200
        again, behind = listening(talk, POST_EVENTS, id=post["id"], cursor=first["seq"])
        assert behind == first["seq"]
        assert talk.event(again) == second
        third = talk.event(again)
        assert (third["type"], third["prev"]) == ("comment.edited", second["seq"])


def test_what_is_for_the_caller_alone(tenant: Tenant) -> None:
    """S-41, S-82: notifications and ties come by the caller's own channel, and by nobody else's."""
    one, other = joined(tenant, 2)
    with talking(tenant.running, token_of(one)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        name, seq = listening(talk, MY_EVENTS)
        follow(other, one)
        heard = talk.event(name)
        assert (heard["channel"], heard["prev"]) == (f"user:{one.account_id}", seq)
        assert heard["seq"] > seq


def test_queries_and_changes_over_the_same_websocket(tenant: Tenant) -> None:
    """S-82: other operations are answered once; what is refused is told in the answer."""
    [caller] = joined(tenant, 1)
    with talking(tenant.running, token_of(caller)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        name = talk.begin("{ badge { unread } }")
        assert talk.hear() == {"id": name, "type": "next", "payload": {"data": {"badge": {"unread": 0}}}}
        assert talk.hear() == {"id": name, "type": "complete"}
        name = talk.begin('mutation { createPost(input: {text: "Hello"}) { text } }')
        assert talk.hear()["payload"]["data"] == {"createPost": {"text": "Hello"}}
        assert talk.hear()["type"] == "complete"
        name = talk.begin("query ($id: UUID!) { post(id: $id) { id } }", id=NOBODY)
        heard = talk.hear()
        assert (heard["type"], heard["payload"]["data"]) == ("next", {"post": None})
        assert heard["payload"]["errors"][0]["extensions"]["code"] == "social.no_such_post"
        assert talk.hear()["type"] == "complete"
        assert error_of(talk, talk.begin("{ nothing }")) == (400, "graphql.invalid")
        costly = "{ feed(first: 100) { items { comments(first: 100) { items { id } } } } }"
        assert error_of(talk, talk.begin(costly)) == (
            400, "graphql.too_much",
        )  # fmt: skip
        talk.say(type="subscribe", id="x", payload={"query": 7})
        assert error_of(talk, "x") == (422, "invalid")
        talk.say(type="ping")
        assert talk.hear() == {"type": "pong"}


def test_what_may_not_be_heard(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-41, S-82, I4, I8: channels that are not for the caller are not there, whether there is a post or none."""
    author, viewer = joined(tenant, 2)
    private = write(author, audience="me")
    [stranger] = joined(other_tenant, 1)
    with talking(tenant.running, token_of(viewer)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        restricted = error_of(talk, talk.begin(POST_EVENTS, id=private["id"]))
        assert restricted == error_of(talk, talk.begin(POST_EVENTS, id=NOBODY)) == (404, "social.no_such_channel")
        assert error_of(talk, talk.begin(POST_EVENTS, id=private["id"], cursor=-1)) == (422, "invalid")
    with talking(tenant.running, token_of(stranger)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        assert error_of(talk, talk.begin(POST_EVENTS, id=write(author)["id"])) == (404, "social.no_such_channel")


def test_access_that_ends(tenant: Tenant) -> None:
    """S-41, I5: whoever may not see the post any longer hears no more of it; the subscription is over."""
    author, reader = joined(tenant, 2)
    post = write(author)
    with talking(tenant.running, token_of(reader)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        name, _ = listening(talk, POST_EVENTS, id=post["id"])
        assert author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "me"}).status_code == 200
        comment(author, post, "Only for me")
        heard = talk.hear()
        while heard["type"] == "next" and heard["payload"]["data"]["postEvents"]["type"] == "post.edited":
            heard = talk.hear()
        assert heard == {"id": name, "type": "complete"}


def test_a_blocked_person_is_not_heard(tenant: Tenant) -> None:
    """S-02, I1: what somebody does from whom the listener is cut off is no event, and no gap either."""
    author, reader, cut = joined(tenant, 3)
    post = write(author)
    tie(tenant, reader, cut, block=True)
    with talking(tenant.running, token_of(reader)) as talk:
        assert talk.hear()["type"] == "connection_ack"
        name, seq = listening(talk, POST_EVENTS, id=post["id"])
        comment(cut, post, "Not for them")
        said = comment(author, post, "For them")
        heard = talk.event(name)
        assert (heard["data"]["comment_id"], heard["prev"]) == (said["id"], seq)


def test_a_session_that_ends(tenant: Tenant) -> None:
    """S-41, I15: whoever signs out hears nothing after five seconds, and the websocket is closed."""
    author, caller = joined(tenant, 2)
    post = write(author)

    def ending() -> float:
        caller.headers = tenant.sign_in(caller.email).headers
        with talking(tenant.running, token_of(caller)) as talk:
            assert talk.hear()["type"] == "connection_ack"
            listening(talk, POST_EVENTS, id=post["id"])
            assert caller.post("/v1/core/sign-out").status_code == 204
            began = time.monotonic()
            assert closed_with(talk) == 4403
            return time.monotonic() - began

    assert quickest(ending, 10) < 10


def test_who_does_not_greet(tenant: Tenant) -> None:
    """S-41, I15: nothing begins before somebody has said who they are, with a token that is good."""
    running = tenant.running
    [caller] = joined(tenant, 1)
    key = tenant.owner.post("/v1/core/api-keys", json={"name": "narrow", "scopes": ["core:me:read"]}).json()["key"]
    for token in (None, "", "nonsense", "\u00e4"):
        with talking(running, token) as talk:
            assert closed_with(talk) == 4403
    with talking(running, key) as talk:
        assert talk.hear()["type"] == "connection_ack"
        assert error_of(talk, talk.begin(MY_EVENTS)) == (403, "core.key_out_of_scope")
    with talking(running, token_of(caller), {"X-Tenant": "somewhere-else"}) as talk:
        assert closed_with(talk) == 4403


def opened(tenant: Tenant, *said: dict[str, Any], protocol: bool = True) -> int:
    """The code with which a websocket is closed on which these are the first words."""
    url = f"ws{tenant.running.url.removeprefix('http').rstrip('/')}{GRAPHQL}"
    protocols = [PROTOCOL] if protocol else None
    with connect(url, subprotocols=protocols, compression=None, open_timeout=PATIENCE) as socket:
        talk = Talk(socket)
        for each in said:
            talk.say(**each)
        return closed_with(talk)


def test_words_that_are_not_of_the_protocol(tenant: Tenant) -> None:
    """S-82: each mistake ends the conversation with the code of the protocol for it."""
    caller: Caller = tenant.owner
    hello = {"type": "connection_init", "payload": {"token": token_of(caller)}}
    begin = {"type": "subscribe", "id": "1", "payload": {"query": MY_EVENTS}}
    assert opened(tenant, protocol=False) == 4406
    assert opened(tenant, begin) == 4401
    assert opened(tenant, hello, hello) == 4429
    assert opened(tenant, hello, begin, begin) == 4409
    assert opened(tenant, hello, {"type": "sing"}) == 4400
    assert opened(tenant, hello, {"id": "1"}) == 4400
    assert opened(tenant, hello, {"type": "subscribe", "payload": {"query": MY_EVENTS}}) == 4400
