"""Counting again, the slow way: whatever is counted of a community otherwise than it is."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from fourfold.ground.collection import Collection
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.people.documents import PEOPLE
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.posts.documents import POSTS
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.ties.documents import TIES

KINDS = ("like", "love", "laugh", "angry", "sad")

Rows = Callable[[Collection], list[dict[str, Any]]]


def miscounted(rows_of: Rows) -> list[Any]:
    """Posts and comments whose counts are not those of the comments and reactions, and comments without a parent."""
    posts, comments, reactions = (rows_of(each) for each in (POSTS, COMMENTS, REACTIONS))
    reacted = Counter((each["target"], each["kind"]) for each in reactions)
    below = Counter(each["post"] for each in comments if each["state"] == "published")
    kids = Counter(each["parent"] for each in comments)
    known = {each["_id"] for each in comments} | {None}
    wrong: list[Any] = [each for each in comments if each["parent"] not in known]
    wrong += [each for each in comments if each["kids"] != kids[each["_id"]]]
    wrong += [each for each in comments if each["state"] == "deleted" and not each["kids"]]
    wrong += [each for each in comments if each["score"] != each["kids"] + sum(each["counts"].values())]
    wrong += [each for each in posts if each["counts"]["comments"] != below[each["_id"]]]
    for each in (*posts, *comments):
        wrong += [each for kind in KINDS if each["counts"][kind] != reacted[each["_id"], kind]]
    return wrong


def miscounted_people(rows_of: Rows) -> list[Any]:
    """People whose counts are not those of their ties and public posts, and posts that were shared otherwise."""
    posts, ties = rows_of(POSTS), rows_of(TIES)
    out = [each for each in posts if each["state"] == "published"]
    shared = Counter(each["of"] for each in out)
    wrong: list[Any] = [each for each in posts if each["counts"]["shares"] != shared[each["_id"]]]
    counted = {
        "followers": Counter(each["u"] for each in ties if each.get("followed") == "yes"),
        "following": Counter(each["u"] for each in ties if each.get("follow") == "yes"),
        "friends": Counter(each["u"] for each in ties if each.get("friend") == "friends"),
        "posts": Counter(each["author"] for each in out if each["audience"] == "public" and each["kind"] != "repost"),
    }
    for person in rows_of(PEOPLE):
        right = {name: number[person["_id"]] for name, number in counted.items()}
        wrong += [(person["handle"], person["counts"], right)] if person["counts"] != right else []
    return wrong


def miscounted_polls(rows_of: Rows) -> list[Any]:
    """Posts whose polls say otherwise than the votes how many have voted, and for what."""
    cast = rows_of(POLL_VOTES)
    voters = Counter(each["post"] for each in cast)
    chosen = Counter((each["post"], str(choice)) for each in cast for choice in each["choices"])
    wrong: list[Any] = []
    for post in rows_of(POSTS):
        poll = post.get("poll")
        if poll:
            right = {choice: chosen[post["_id"], choice] for choice in poll["votes"]}
            wrong += [post] if (poll["votes"], poll["voters"]) != (right, voters[post["_id"]]) else []
    return wrong
