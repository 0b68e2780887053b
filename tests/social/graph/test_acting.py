"""Changing things through the graph: the acts of REST, refused in the same words, each in the audit log."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.community import comment, joined, set_person, write
from tests.builders.graph import answer_to, asked, refusal_of
from tests.conftest import Caller, Tenant

CREATE = (
    "mutation ($input: NewPost!) { createPost(input: $input) { id text audience state kind version original { id } } }"
)
EDIT = """
  mutation ($id: UUID!, $input: PostChanges!, $version: Int) {
    editPost(id: $id, input: $input, version: $version) { text version }
  }
"""
DELETE = "mutation ($id: UUID!, $version: Int) { deletePost(id: $id, version: $version) }"
REACT = """
  mutation ($kind: ReactionKind!, $post: UUID, $comment: UUID) {
    react(kind: $kind, postId: $post, commentId: $comment) { targetKind targetId kind }
  }
"""
COMMENT = """
  mutation ($post: UUID!, $text: String!, $parent: UUID) {
    comment(postId: $post, text: $text, parentId: $parent) { id text parentId }
  }
"""
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


def made(caller: Caller, **given: Any) -> dict[str, Any]:
    """A post that is made through the graph."""
    return dict(answer_to(caller, CREATE, input=given)["createPost"])


def test_posts_are_made_changed_and_deleted(tenant: Tenant) -> None:
    """S-82: a post from its beginning to its end; an edit of another version is refused."""
    [author] = joined(tenant, 1)
    post = made(author, text="Hello", audience="friends")
    assert (post["text"], post["audience"], post["state"], post["version"]) == ("Hello", "friends", "published", 1)
    edited = answer_to(author, EDIT, id=post["id"], input={"text": "Hello again"}, version=1)["editPost"]
    assert edited == {"text": "Hello again", "version": 2}
    assert refusal_of(author, EDIT, id=post["id"], input={"text": "Once more"}, version=1) == (
        412,
        "precondition_failed",
    )
    assert refusal_of(author, DELETE, id=post["id"], version=1) == (412, "precondition_failed")
    assert answer_to(author, DELETE, id=post["id"]) == {"deletePost": True}
    assert author.get(f"/v1/social/posts/{post['id']}").status_code == 404
    assert refusal_of(author, DELETE, id=post["id"]) == (404, "social.no_such_post")


def test_drafts_quotes_and_reposts(tenant: Tenant) -> None:
    """S-82: drafts go out once, a quote names its original, a repost is one however often it is asked for."""
    [author] = joined(tenant, 1)
    draft = made(author, text="Later", draft=True)
    assert draft["state"] == "draft"
    publish = "mutation ($id: UUID!) { publishPost(id: $id) { state } }"
    assert answer_to(author, publish, id=draft["id"])["publishPost"] == {"state": "published"}
    assert refusal_of(author, publish, id=draft["id"]) == (409, "social.published_already")
    quote = made(author, text="Look", quoteOf=draft["id"])
    assert (quote["kind"], quote["original"]) == ("quote", {"id": draft["id"]})
    passed_on = "mutation ($id: UUID!) { repost(id: $id, audience: followers) { id audience } }"
    first, second = (answer_to(author, passed_on, id=draft["id"])["repost"] for _ in range(2))
    assert first == second
    back = "mutation ($id: UUID!) { takeRepostBack(id: $id) }"
    assert answer_to(author, back, id=draft["id"]) == {"takeRepostBack": True}


def test_what_a_post_may_not_be(tenant: Tenant) -> None:
    """S-82: wrong types, missing and too long values, and a past moment are refused as in a body."""
    [author] = joined(tenant, 1)
    assert refusal_of(author, CREATE, input={"text": ""}) == (422, "invalid")
    assert refusal_of(author, CREATE, input={"text": "x" * 10_001}) == (422, "invalid")
    assert refusal_of(author, CREATE, input={"text": "Hello", "mediaIds": [str(new_id())]}) == (
        404,
        "social.no_such_file",
    )
    assert refusal_of(author, CREATE, input={"text": "Hello", "publishAt": "yesterday"}) == (422, "invalid")
    moment = {"text": "Hello", "publishAt": "2020-01-01T00:00:00Z"}
    assert refusal_of(author, CREATE, input=moment) == (422, "social.bad_schedule")
    assert refusal_of(author, CREATE, input={}) == (400, "graphql.invalid")
    assert refusal_of(author, CREATE, input={"text": 7}) == (400, "graphql.invalid")
    assert refusal_of(author, CREATE, input={"text": "Hello", "colour": "red"}) == (400, "graphql.invalid")
    [error] = asked(author, CREATE, input={"text": ""}).json()["errors"]
    assert error["extensions"]["errors"][0]["field"] == "text"


def test_others_posts(tenant: Tenant) -> None:
    """S-82, I4: what is somebody else's is not changed, and what is not for the caller is not there."""
    author, other = joined(tenant, 2)
    public, private = write(author), write(author, audience="me")
    change = {"input": {"text": "Mine now"}}
    assert refusal_of(other, EDIT, id=public["id"], **change) == (403, "social.not_your_post")
    assert refusal_of(other, DELETE, id=public["id"]) == (403, "social.not_your_post")
    for act, rest in ((EDIT, change), (DELETE, {})):
        restricted = asked(other, act, id=private["id"], **rest).json()["errors"][0]
        missing = asked(other, act, id=NOBODY, **rest).json()["errors"][0]
        for each in (restricted, missing):
            assert each["extensions"].pop("request_id")
        assert restricted == missing


def test_comments_and_reactions(tenant: Tenant) -> None:
    """S-82: comments are written, answered, changed and deleted; a reaction is given, changed and taken back."""
    author, other = joined(tenant, 2)
    post = write(author)
    said = answer_to(other, COMMENT, post=post["id"], text="Indeed")["comment"]
    answered = answer_to(author, COMMENT, post=post["id"], text="Is it?", parent=said["id"])["comment"]
    assert answered["parentId"] == said["id"]
    edit = """
      mutation ($id: UUID!, $text: String!, $version: Int) {
        editComment(id: $id, text: $text, version: $version) { text version }
      }
    """
    assert answer_to(other, edit, id=said["id"], text="So it is")["editComment"] == {"text": "So it is", "version": 2}
    assert refusal_of(author, edit, id=said["id"], text="No") == (403, "social.not_your_comment")
    assert refusal_of(other, edit, id=said["id"], text="No", version=1) == (412, "precondition_failed")
    assert refusal_of(other, COMMENT, post=post["id"], text="") == (422, "invalid")
    assert refusal_of(other, COMMENT, post=NOBODY, text="Hello") == (404, "social.no_such_post")
    given = answer_to(other, REACT, kind="like", comment=said["id"])["react"]
    assert given == {"targetKind": "comment", "targetId": said["id"], "kind": "like"}
    assert answer_to(other, REACT, kind="love", post=post["id"])["react"]["kind"] == "love"
    assert refusal_of(other, REACT, kind="like") == (422, "invalid")
    assert refusal_of(other, REACT, kind="like", post=post["id"], comment=said["id"]) == (422, "invalid")
    back = "mutation ($post: UUID, $comment: UUID) { unreact(postId: $post, commentId: $comment) }"
    assert answer_to(other, back, post=post["id"]) == {"unreact": True}
    assert answer_to(other, back, comment=said["id"]) == {"unreact": True}
    assert author.get(f"/v1/social/posts/{post['id']}").json()["counts"]["love"] == 0
    delete = "mutation ($id: UUID!) { deleteComment(id: $id) }"
    assert answer_to(author, delete, id=said["id"]) == {"deleteComment": True}
    assert author.get(f"/v1/social/comments/{said['id']}").json()["state"] == "deleted"


def test_ties(tenant: Tenant) -> None:
    """S-82: following, asking, friendship, blocks and mutes, as by REST."""
    one, two, protected = joined(tenant, 3)
    set_person(tenant, protected, visibility="protected")
    by_name = "mutation ($who: String!) {{ {}(person: $who) {} }}".format
    follow = answer_to(one, by_name("follow", "{ follow person { id } }"), who=two.account_id)["follow"]
    assert follow == {"follow": "yes", "person": {"id": two.account_id}}
    assert answer_to(one, by_name("follow", "{ follow }"), who=protected.account_id)["follow"] == {"follow": "asked"}
    [waiting] = answer_to(protected, "{ followRequests { items { id } } }")["followRequests"]["items"]
    accept = "mutation ($id: UUID!) { acceptFollower(id: $id) { followed } }"
    assert answer_to(protected, accept, id=waiting["id"])["acceptFollower"] == {"followed": "yes"}
    assert answer_to(one, by_name("mute", "{ muted }"), who=two.account_id)["mute"] == {"muted": True}
    assert answer_to(one, by_name("unmute", "{ muted }"), who=two.account_id)["unmute"] == {"muted": False}
    assert answer_to(one, by_name("unfollow", ""), who=two.account_id) == {"unfollow": True}
    assert answer_to(one, by_name("block", ""), who=two.account_id) == {"block": True}
    assert refusal_of(two, by_name("follow", "{ follow }"), who=one.account_id) == (404, "social.no_such_person")
    assert answer_to(one, by_name("unblock", ""), who=two.account_id) == {"unblock": True}
    assert refusal_of(one, by_name("follow", "{ follow }"), who=one.account_id) == (409, "social.yourself")
    assert refusal_of(one, by_name("follow", "{ follow }"), who="x" * 65) == (422, "invalid")


def test_friendship(tenant: Tenant) -> None:
    """S-82, I25: a request is sent, declined, sent again and accepted; then it ends."""
    one, two = joined(tenant, 2)
    ask = "mutation ($to: String!) { friendRequest(to: $to) { id status direction } }"
    answer = "mutation ($id: UUID!) {{ {}(id: $id) {{ status }} }}".format
    request = answer_to(one, ask, to=two.account_id)["friendRequest"]
    assert (request["status"], request["direction"]) == ("pending", "sent")
    assert refusal_of(one, answer("acceptFriend"), id=request["id"]) == (403, "social.not_yours_to_answer")
    assert answer_to(two, answer("declineFriend"), id=request["id"])["declineFriend"] == {"status": "declined"}
    assert refusal_of(two, answer("acceptFriend"), id=request["id"]) == (404, "social.no_such_request")
    request = answer_to(one, ask, to=two.account_id)["friendRequest"]
    assert answer_to(two, answer("acceptFriend"), id=request["id"])["acceptFriend"] == {"status": "accepted"}
    assert refusal_of(one, ask, to=two.account_id) == (409, "social.friends_already")
    unfriend = "mutation ($who: String!) { unfriend(person: $who) }"
    assert answer_to(two, unfriend, who=one.account_id) == {"unfriend": True}


def test_bookmarks_hashtags_and_the_badge(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-82: what somebody keeps and follows, and has seen."""
    author, other = joined(tenant, 2)
    post = write(author, "Ripe #medlars")
    keep = "mutation ($id: UUID!) {{ {}(postId: $id) }}".format
    assert answer_to(other, keep("bookmark"), id=post["id"]) == {"bookmark": True}
    shown = "query ($id: UUID!) { post(id: $id) { bookmarked } }"
    assert answer_to(other, shown, id=post["id"])["post"] == {"bookmarked": True}
    assert answer_to(other, keep("removeBookmark"), id=post["id"]) == {"removeBookmark": True}
    assert answer_to(other, shown, id=post["id"])["post"] == {"bookmarked": False}
    assert answer_to(other, 'mutation { followHashtag(tag: "medlars") }') == {"followHashtag": True}
    assert answer_to(other, "{ feed { items { id } } }")["feed"]["items"][0] == {"id": post["id"]}
    assert answer_to(other, 'mutation { unfollowHashtag(tag: "medlars") }') == {"unfollowHashtag": True}
    comment(other, post)
    seq = eventually(lambda: answer_to(author, "{ badge { seq } }")["badge"]["seq"])
    seen = "mutation ($seq: Int!) { markNotificationsSeen(seq: $seq) { unread } }"
    assert answer_to(author, seen, seq=seq)["markNotificationsSeen"] == {"unread": 0}


def test_several_changes_one_after_the_other(tenant: Tenant) -> None:
    """S-82: what comes later knows of what came before; what is refused among them takes nothing else back."""
    [author] = joined(tenant, 1)
    document = """
      mutation ($id: UUID!) {
        liked: react(kind: like, postId: $id) { kind }
        nothing: deletePost(id: "01890a5d-ac96-774b-bcce-b302099a8057")
        passedOn: repost(id: $id) { original { ownReaction counts { like shares } } }
      }
    """
    told = asked(author, document, id=write(author)["id"]).json()
    assert told["data"] == {
        "liked": {"kind": "like"}, "nothing": None,
        "passedOn": {"original": {"ownReaction": "like", "counts": {"like": 1, "shares": 1}}},
    }  # fmt: skip
    [error] = told["errors"]
    assert (error["path"], error["extensions"]["status"]) == (["nothing"], 404)


def test_twice_at_once(tenant: Tenant) -> None:
    """S-82, I24: however many ask at once, one reaction is counted."""
    author, other = joined(tenant, 2)
    post = write(author)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: answer_to(other, REACT, kind="like", post=post["id"]), range(8)))
    assert {each["react"]["kind"] for each in told} == {"like"}
    assert author.get(f"/v1/social/posts/{post['id']}").json()["counts"]["like"] == 1


@pytest.mark.parametrize(
    "document",
    [
        'mutation { createPost(input: {text: "Hello"}) { id } }',
        'mutation { follow(person: "somebody") { follow } }',
        f'mutation {{ react(kind: like, postId: "{NOBODY}") {{ kind }} }}',
        f'mutation {{ bookmark(postId: "{NOBODY}") }}',
        f'mutation {{ comment(postId: "{NOBODY}", text: "Hello") {{ id }} }}',
        "{ feed { next } }",
        "{ notifications { next } }",
        "{ bookmarks { next } }",
        '{ search(q: "a") { next } }',
        '{ followers(handle: "somebody") { next } }',
    ],
)
def test_doors_of_fields(tenant: Tenant, document: str) -> None:
    """S-82, I31: each field asks for the right of its route: visitors and keys without it are refused."""
    assert refusal_of(tenant.visitor, document) == (401, "unauthenticated")
    key = tenant.owner.post("/v1/core/api-keys", json={"name": "narrow", "scopes": ["core:me:read"]}).json()["key"]
    narrow = Caller(tenant.running.client, {"Authorization": f"Bearer {key}"})
    assert refusal_of(narrow, document) == (403, "core.key_out_of_scope")


def test_changes_and_denials_are_in_the_audit_log(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-82: the log tells who has changed what through the graph, and who has tried to."""
    author, other = joined(tenant, 2)
    post = made(author, text="Hello")
    answer_to(author, EDIT, id=post["id"], input={"text": "Hello again"})
    refusal_of(other, EDIT, id=post["id"], input={"text": "Mine"})

    def told(action: str, outcome: str) -> list[dict[str, Any]]:
        found = tenant.owner.get("/v1/business/audit", params={"action": action, "limit": 100})
        assert found.status_code == 200, found.text
        return [each for each in found.json()["items"] if each["outcome"] == outcome]

    assert eventually(lambda: told("social.graph.create_post", "done"))
    [entry] = eventually(lambda: told("social.graph.edit_post", "done"))
    assert entry["target"] == f"post:{post['id']}"
    assert eventually(lambda: told("social.graph.edit_post", "denied"))


def test_sent_again_under_its_key(tenant: Tenant) -> None:
    """S-82: what is made under an Idempotency-Key is made once; the key does not serve for another request."""
    [author] = joined(tenant, 1)
    two = """
      mutation ($text: String!) {
        a: createPost(input: {text: $text}) { id }
        b: createPost(input: {text: $text}) { id }
      }
    """

    def send(text: str, key: str = "the same") -> dict[str, Any]:
        body = {"query": two, "variables": {"text": text}}
        return dict(author.post("/v1/social/graphql", json=body, headers={"Idempotency-Key": key}).json())

    first = send("Hello")
    assert first["data"]["a"]["id"] != first["data"]["b"]["id"]
    assert send("Hello") == first
    shown = author.get(f"/v1/social/people/{author.account_id}/posts").json()["items"]
    assert [each["text"] for each in shown].count("Hello") == 2
    assert {each["extensions"]["code"] for each in send("Otherwise")["errors"]} == {"idempotency_key_reused"}
    body = {"query": COMMENT, "variables": {"post": first["data"]["a"]["id"], "text": "Indeed"}}
    said = [author.post("/v1/social/graphql", json=body, headers={"Idempotency-Key": "x"}).json() for _ in range(2)]
    assert said[0] == said[1]
    assert author.get(f"/v1/social/posts/{first['data']['a']['id']}").json()["counts"]["comments"] == 1


def test_conversations(tenant: Tenant) -> None:
    """S-42, S-82, I1: members read and say, once under a name of their own; to others there is no such conversation."""
    one, other, stranger = joined(tenant, 3)
    begun = one.post("/v1/social/conversations", json={"people": [other.account_id]})
    assert begun.status_code == 201, begun.text
    there = begun.json()["id"]
    send = """
      mutation ($to: UUID!, $text: String!, $name: String) {
        sendMessage(conversationId: $to, text: $text, clientId: $name) { id seq text author { id } }
      }
    """
    sent = [answer_to(one, send, to=there, text="Hello", name="a")["sendMessage"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert (sent[0]["text"], sent[0]["author"]) == ("Hello", {"id": one.account_id})
    answer_to(one, send, to=there, text="Again")
    show = """
      { conversations { items {
        id kind unread lastMessage { text } members { id role } messages(first: 1) { next items { text } }
      } } }
    """
    [shown] = answer_to(other, show)["conversations"]["items"]
    assert (shown["id"], shown["unread"], shown["lastMessage"]) == (there, 2, {"text": "Again"})
    assert {each["id"] for each in shown["members"]} == {one.account_id, other.account_id}
    assert shown["messages"]["items"] == [{"text": "Again"}]
    by_id = (
        "query ($id: UUID!, $before: Int) { conversation(id: $id) { messages(before: $before) { items { text } } } }"
    )
    rest = answer_to(other, by_id, id=there, before=shown["messages"]["next"])["conversation"]["messages"]
    assert rest["items"] == [{"text": "Hello"}]
    for wanted in (there, NOBODY):
        assert refusal_of(stranger, by_id, id=wanted)[0] == 404
        assert refusal_of(stranger, send, to=wanted, text="Hello")[0] == 404
    assert refusal_of(stranger, by_id, id=there) == refusal_of(stranger, by_id, id=NOBODY)
    assert refusal_of(one, send, to=there, text="") == (422, "social.unreadable_text")
    assert refusal_of(one, send, to=there, text="Hello", name="") == (422, "invalid")
    assert refusal_of(other, by_id, id=there, before=0) == (422, "invalid")
