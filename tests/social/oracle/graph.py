"""What the graph, and the log of what was missed, show somebody: each has to show no more than the other surfaces."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.conftest import Caller
from tests.social.oracle.expected import poll_shown
from tests.social.oracle.model import Model, Viewer
from tests.social.oracle.surfaces import HERE, Surprise, as_poll

NODE = "query ($id: UUID!) { node(id: $id) { __typename } }"
POST = """
query ($id: UUID!) { post(id: $id) {
  id text audience kind state version hashtags bookmarked ownReaction originalUnavailable
  author { id } mentions { id } original { id }
  counts { like love laugh angry sad comments shares }
  comments(first: 50, sort: old) { items { id } }
  poll { choices { id text votes } multiple minutes hideResults endsAt ended voters ownChoiceIds }
} }
"""
_SNAKES = {"hideResults": "hide_results", "endsAt": "ends_at", "ownChoiceIds": "own_choice_ids"}
FEED = """
query ($after: String) { feed(first: 20, after: $after) { next items {
  id why { kind by } original { id author { id } } comments(first: 3) { items { id } }
} } }
"""


class Graph:
    """Everything that one caller can ask of the graph."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer; what is not there has to be the only thing that is wrong."""
        answer = self.caller.post(f"{HERE}/graphql", json={"query": query, "variables": variables})
        if answer.status_code != 200:
            raise Surprise(f"{query}: {answer.status_code} {answer.text[:500]}")
        told = answer.json()
        codes = {each["extensions"]["code"] for each in told.get("errors", ())}
        if codes - {"social.no_such_node", "social.no_such_post"}:
            raise Surprise(f"{query}: {answer.text[:500]}")
        return told["data"]

    def node(self, node_id: str) -> str | None:
        """What an id is to the caller."""
        found = self.ask(NODE, id=node_id)["node"]
        return found["__typename"] if found else None

    def post(self, post_id: str) -> dict[str, Any] | None:
        """A post with its comments."""
        found = self.ask(POST, id=post_id)["post"]
        if found is None:
            return None
        return {
            **found,
            "author": found["author"]["id"],
            "mentions": sorted(each["id"] for each in found["mentions"]),
            "original": found["original"]["id"] if found["original"] else None,
            "comments": [each["id"] for each in found["comments"]["items"]],
            "poll": as_poll({_SNAKES.get(name, name): value for name, value in found["poll"].items()})
            if found["poll"]
            else None,
        }

    def feed(self) -> list[tuple[str, str, str]]:
        """The feed, with what the graph adds to it left out."""
        found: list[tuple[str, str, str]] = []
        after = None
        while True:
            page = self.ask(FEED, after=after)["feed"]
            found += [(each["id"], each["why"]["kind"], each["why"]["by"]) for each in page["items"]]
            after = page["next"]
            if after is None:
                return found


def node_of(model: Model, viewer: Viewer, node_id: str) -> str | None:
    """What an id ought to be to somebody."""
    if node_id in model.members:
        return None if model.cut(viewer, node_id) else "Person"
    if node_id in model.comments:
        return "Comment" if model.there(viewer, node_id) else None
    return "Post" if model.sees(viewer, node_id) else None


def post_in_graph(model: Model, viewer: Viewer, post_id: str) -> dict[str, Any] | None:
    """What the graph ought to show of a post."""
    if not model.sees(viewer, post_id):
        return None
    post, own = model.posts[post_id], model.reactions[post_id].get(viewer or "")
    original = model.original(post)
    has_original = original is not None and model.sees(viewer, original.id)
    counts = {"comments": model.comments_counted(viewer, post_id), "shares": model.shares_counted(viewer, post_id)}
    below = model.answers[model.meant(post).id, None]
    return {
        "id": post_id,
        "author": post.author,
        **{name: getattr(post, name) for name in ("text", "audience", "kind", "state", "version", "hashtags")},
        "bookmarked": (viewer or "", post_id) in model.bookmarks,
        "ownReaction": own[0] if own else None,
        "original": original.id if original is not None and has_original else None,
        "originalUnavailable": original is not None and not has_original,
        "mentions": sorted(each for each in post.mentions if not model.cut(viewer, each)),
        "counts": {**model.counted(viewer, post_id), **counts},
        "comments": [each for each in below if model.there(viewer, each)][:50],
        "poll": poll_shown(model, viewer, post.poll) if post.poll is not None else None,
    }


def missed(caller: Caller, channel: str) -> tuple[list[Mapping[str, Any]], bool]:
    """All that was told on a channel, and whether it is said to be none of the caller's."""
    events: list[Mapping[str, Any]] = []
    cursor = 0
    while True:
        answer = caller.get(f"{HERE}/sync", params={"cursors": f"{channel}:{cursor}"})
        if answer.status_code != 200:
            raise Surprise(f"sync of {channel}: {answer.status_code} {answer.text[:500]}")
        told = answer.json()
        events += [each for each in told["events"] if each["channel"] == channel]
        cursor = told["cursors"].get(channel, cursor)
        if not told["more"]:
            return events, channel in told["resync"]


def mistakes_missed(
    model: Model, viewer: str, post_id: str, told: tuple[Sequence[Mapping[str, Any]], bool]
) -> Iterator[str]:
    """What a channel of a post tells somebody whom it is not for."""
    events, is_none = told
    if is_none and events:
        yield f"tells {events} of what it says not to tell"
    if not is_none and not model.sees(viewer, post_id):
        yield f"may be listened to; {model.refusal(viewer, post_id)}"
    for each in events:
        told_votes = each["data"].get("votes") is not None and not each["data"]["ended"]
        if each["type"] == "poll.changed" and told_votes and not model.posts[post_id].was_open:
            yield f"tells {each} of a poll that hides it"
        named = set(map(str, each["data"].values()))
        cut = [model.members[who].name for who in named & set(model.members) if model.cut(viewer, who)]
        comments = [model.comments[one] for one in named & set(model.comments)]
        cut += [
            model.members[who].name
            for comment in comments
            for who in (comment.author, *comment.above)
            if model.cut(viewer, who)
        ]
        if cut:
            yield f"tells {each} of {cut}"
