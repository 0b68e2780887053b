"""Reading the graph: it shows what REST shows, to the same people."""

from collections.abc import Callable
from typing import Any

from tests.builders.community import comment, joined, react, repost, tie, write
from tests.builders.graph import answer_to, asked, refusal_of
from tests.builders.ties import ask_friend, edit, follow
from tests.conftest import Tenant

POST = """
  id text html audience state kind hashtags version bookmarked ownReaction createdAt publishedAt editedAt
  author { id handle name avatarUrl badge } mentions { handle } media { id url }
  counts { like love laugh angry sad comments shares }
"""


def in_words_of_rest(told: Any) -> Any:
    """An answer with the names of members, and the moments, as REST writes them."""
    if isinstance(told, dict):
        return {_snake(name): in_words_of_rest(value) for name, value in told.items()}
    if isinstance(told, list):
        return [in_words_of_rest(each) for each in told]
    return told.replace("+00:00", "Z") if isinstance(told, str) else told


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_a_post_is_that_of_rest(tenant: Tenant) -> None:
    """S-82: a post with all that stands beside it, member for member."""
    author, reader = joined(tenant, 2)
    post = write(author, "Hello, *world* #Garden")
    react(reader, post, "love")
    comment(reader, post)
    told = answer_to(reader, f"query ($id: UUID!) {{ post(id: $id) {{ {POST} }} }}", id=post["id"])["post"]
    shown = reader.get(f"/v1/social/posts/{post['id']}").json()
    mine = in_words_of_rest(told)
    assert mine == {name: shown[name] for name in mine}
    assert (mine["own_reaction"], mine["counts"]["comments"]) == ("love", 1)


def test_a_feed_with_all_that_is_beside_it(tenant: Tenant) -> None:
    """S-82: a feed with authors, counts, the reader's reaction, the first comments and the answers to them."""
    author, reader = joined(tenant, 2)
    follow(reader, author)
    post = write(author, "First")
    said = [comment(author, post, str(number)) for number in range(4)]
    comment(reader, post, "Answered", said[0])
    react(reader, said[0])
    document = """
      { feed(first: 1) { next items {
        text why { kind by } author { name }
        comments(first: 3) { next items {
          text ownReaction counts { like } author { handle }
          replies(first: 1) { next items { text parentId } }
        } }
      } } }
    """
    page = answer_to(reader, document)["feed"]
    [shown] = page["items"]
    assert (shown["text"], shown["why"]) == ("First", {"kind": "following", "by": author.account_id})
    assert page["next"] is not None
    first, *others = shown["comments"]["items"]
    assert (first["text"], first["ownReaction"], first["counts"]) == ("0", "like", {"like": 1})
    assert first["replies"] == {"next": None, "items": [{"text": "Answered", "parentId": said[0]["id"]}]}
    assert [each["text"] for each in others] == ["1", "2"]
    rest = answer_to(
        reader,
        "query ($id: UUID!, $after: String) { comments(postId: $id, after: $after) { next items { text } } }",
        id=post["id"], after=shown["comments"]["next"],
    )  # fmt: skip
    assert rest["comments"] == {"next": None, "items": [{"text": "3"}]}


def test_pages_go_on(tenant: Tenant) -> None:
    """S-82, I18: a cursor leads on until the end, and each post comes once."""
    author, reader = joined(tenant, 2)
    texts = [write(author, f"Number {number}")["text"] for number in range(5)]
    document = """
      query ($handle: String!, $after: String) {
        postsOfPerson(handle: $handle, first: 2, after: $after) { next items { text } }
      }
    """
    found: list[str] = []
    after: str | None = None
    for _ in range(3):
        page = answer_to(reader, document, handle=author.account_id, after=after)["postsOfPerson"]
        found += [each["text"] for each in page["items"]]
        after = page["next"]
    assert (found, after) == (texts[::-1], None)


def test_a_person_with_their_profile_and_posts(tenant: Tenant) -> None:
    """S-82: profiles beside people, and what they have written below them."""
    author, reader = joined(tenant, 2)
    edit(author, bio="Poetical science.", fields={"bio": "followers"})
    follow(reader, author)
    write(author, "Hello")
    document = """
      query ($handle: String!) { person(handle: $handle) {
        id profile { bio links counts { followers posts } you { follow followed } }
        posts(first: 1) { items { text author { id } } }
      } }
    """
    told = answer_to(reader, document, handle=author.account_id)["person"]
    assert told == {
        "id": author.account_id,
        "profile": {
            "bio": "Poetical science.", "links": [], "counts": {"followers": 1, "posts": 1},
            "you": {"follow": "yes", "followed": "no"},
        },
        "posts": {"items": [{"text": "Hello", "author": {"id": author.account_id}}]},
    }  # fmt: skip
    visitor = answer_to(tenant.visitor, document, handle=author.account_id)["person"]
    assert (visitor["profile"]["bio"], visitor["profile"]["you"]) == (None, None)


def test_whoever_asks_for_themselves_becomes_a_person(tenant: Tenant) -> None:
    """S-82: `me` is for those who are signed in."""
    caller = tenant.sign_up()
    told = answer_to(caller, "{ me { id name settings { follow } counts { posts } version } }")["me"]
    assert told == {
        "id": caller.account_id, "name": "Customer", "settings": {"follow": "everyone"}, "counts": {"posts": 0},
        "version": 1,
    }  # fmt: skip
    assert refusal_of(tenant.visitor, "{ me { id } }") == (401, "unauthenticated")


def test_anything_by_its_id(tenant: Tenant) -> None:
    """S-82: a node is a post, a comment or a person; of anything else there is none."""
    [author] = joined(tenant, 1)
    post = write(author)
    said = comment(author, post)
    document = """
      query ($id: UUID!) {
        node(id: $id) { __typename ... on Post { text } ... on Comment { postId } ... on Person { handle } }
      }
    """
    assert answer_to(author, document, id=post["id"])["node"] == {"__typename": "Post", "text": "Hello"}
    assert answer_to(author, document, id=said["id"])["node"] == {"__typename": "Comment", "postId": post["id"]}
    assert answer_to(author, document, id=author.account_id)["node"] == {
        "__typename": "Person", "handle": post["author"]["handle"],
    }  # fmt: skip
    assert refusal_of(author, document, id=tenant.id) == (404, "social.no_such_node")


def test_originals(tenant: Tenant) -> None:
    """S-82, I2: a quote shows what it quotes, or that this is not there for the viewer; below a repost is its own."""
    author, friend, stranger = joined(tenant, 3)
    tie(tenant, author, friend, friend="friends")
    original = write(author, "For friends", audience="friends")
    comment(author, original, "Below")
    quote = write(friend, "Look", quote_of=original["id"])
    passed_on = repost(friend, write(author, "For all"))
    document = """
      query ($id: UUID!) {
        post(id: $id) { kind original { text } originalUnavailable comments { items { text } } }
      }
    """
    told = answer_to(friend, document, id=quote["id"])["post"]
    assert told == {
        "kind": "quote", "original": {"text": "For friends"}, "originalUnavailable": False, "comments": {"items": []},
    }  # fmt: skip
    told = answer_to(stranger, document, id=quote["id"])["post"]
    assert (told["original"], told["originalUnavailable"]) == (None, True)
    comment(author, passed_on, "Said to the original")
    told = answer_to(stranger, document, id=passed_on["id"])["post"]
    assert told["comments"] == {"items": [{"text": "Said to the original"}]}


def test_lists_of_people(tenant: Tenant) -> None:
    """S-82: followers, followed, friends, mutual ones, suggestions, requests."""
    one, two, three, four = joined(tenant, 4)
    for each in (one, two):
        tie(tenant, each, three, friend="friends")
    follow(one, two)
    request = ask_friend(four, one)
    document = """
      query ($one: String!, $two: String!) {
        followers(handle: $two) { items { id } } following(handle: $one) { items { id } }
        friends(handle: $one) { next items { id } } mutuals(handle: $two) { total items { id } }
        friendRequests { items { id status person { id } } } followRequests { items { id } }
        suggestions { mutuals person { id } }
      }
    """
    told = answer_to(one, document, one=one.account_id, two=two.account_id)
    assert told["followers"]["items"] == [{"id": one.account_id}]
    assert told["following"]["items"] == [{"id": two.account_id}]
    assert told["friends"] == {"next": None, "items": [{"id": three.account_id}]}
    assert told["mutuals"] == {"total": 1, "items": [{"id": three.account_id}]}
    asker = {"id": four.account_id}
    assert told["friendRequests"]["items"] == [{"id": request["id"], "status": "pending", "person": asker}]
    assert (told["followRequests"]["items"], told["suggestions"]) == ([], [])


def test_searches(tenant: Tenant) -> None:
    """S-82: posts, people and hashtags are found as by REST; and posts with a hashtag, and trends."""
    [author] = joined(tenant, 1)
    post = write(author, "Ripe #medlars in the garden")
    handle = post["author"]["handle"]
    document = """
      query ($q: String!, $type: SearchType!) { search(q: $q, type: $type) { next items {
        __typename ... on Post { text } ... on Person { handle } ... on Hashtag { tag posts }
      } } }
    """
    found = answer_to(author, document, q="ripe garden", type="posts")["search"]["items"]
    assert found == [{"__typename": "Post", "text": "Ripe #medlars in the garden"}]
    found = answer_to(author, document, q=handle, type="people")["search"]["items"]
    assert found == [{"__typename": "Person", "handle": handle}]
    found = answer_to(author, document, q="medl", type="hashtags")["search"]["items"]
    assert found == [{"__typename": "Hashtag", "tag": "medlars", "posts": 1}]
    told = answer_to(
        author, '{ hashtagPosts(tag: "medlars") { items { id } } trending { hashtags { hashtag } posts { id } } }'
    )
    assert told["hashtagPosts"]["items"] == [{"id": post["id"]}]
    assert told["trending"]["hashtags"] == []
    assert answer_to(author, "query ($q: String!) { people(search: $q) { handle } }", q=handle)["people"] == [
        {"handle": handle}
    ]


def test_notifications_and_what_is_kept(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-82, I14: the list with its badge; bookmarks, drafts and scheduled posts; reactions with who has given them."""
    author, other = joined(tenant, 2)
    post = write(author)
    react(other, post, "sad")
    assert author.put(f"/v1/social/posts/{post['id']}/bookmark", json={}).status_code == 204
    draft = write(author, "Later", draft=True)
    document = """
      { notifications { unread items { kind count postId actors { id } read } } badge { unread }
        bookmarks { items { id bookmarked } } drafts { items { id state } } scheduled { items { id } } }
    """
    eventually(lambda: answer_to(author, document)["badge"]["unread"])
    told = answer_to(author, document)
    [line] = told["notifications"]["items"]
    assert line == {
        "kind": "reaction", "count": 1, "postId": post["id"], "actors": [{"id": other.account_id}], "read": False,
    }  # fmt: skip
    assert told["notifications"]["unread"] == told["badge"]["unread"] == 1
    assert told["bookmarks"]["items"] == [{"id": post["id"], "bookmarked": True}]
    assert told["drafts"]["items"] == [{"id": draft["id"], "state": "draft"}]
    assert told["scheduled"]["items"] == []
    reactions = "query ($id: UUID!) { post(id: $id) { reactions(kind: sad) { items { kind person { id } } } } }"
    assert answer_to(author, reactions, id=post["id"])["post"]["reactions"]["items"] == [
        {"kind": "sad", "person": {"id": other.account_id}}
    ]


def test_questions_that_make_no_sense(tenant: Tenant) -> None:
    """S-82: wrong types, bounds and cursors are refused with the codes of REST; nothing else of the answer is lost."""
    [caller] = joined(tenant, 1)
    assert refusal_of(caller, "{ feed(first: 0) { next } }") == (422, "invalid")
    assert refusal_of(caller, "{ feed(first: 101) { next } }") == (422, "invalid")
    assert refusal_of(caller, '{ feed(after: "nonsense") { next } }') == (400, "bad_cursor")
    assert refusal_of(caller, '{ person(handle: "") { id } }') == (422, "invalid")
    assert refusal_of(caller, f'{{ person(handle: "{"a" * 65}") {{ id }} }}') == (422, "invalid")
    assert refusal_of(caller, '{ hashtagPosts(tag: "no tag") { next } }') == (404, "social.no_such_hashtag")
    assert refusal_of(caller, '{ post(id: "nonsense") { id } }') == (400, "graphql.invalid")
    assert refusal_of(caller, "query ($id: UUID!) { post(id: $id) { id } }", id=7) == (400, "graphql.invalid")
    assert refusal_of(caller, "query ($id: UUID!) { post(id: $id) { id } }") == (400, "graphql.invalid")
    assert refusal_of(caller, "{ feed(sort: best) { next } }") == (400, "graphql.invalid")
    assert refusal_of(caller, "{ nothing }") == (400, "graphql.invalid")
    assert refusal_of(caller, "{ feed ") == (400, "graphql.invalid")
    told = asked(caller, '{ badge { unread } person(handle: "nobody_at_all") { id } }').json()
    assert told["data"] == {"badge": {"unread": 0}, "person": None}
    [error] = told["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["person"], "social.no_such_person")
