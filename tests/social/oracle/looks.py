"""Everything at which somebody can look, each with what they ought to see there, and how the two differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.social.oracle import expected
from tests.social.oracle.graph import Graph, missed, mistakes_missed, node_of, post_in_graph
from tests.social.oracle.model import Model, Viewer
from tests.social.oracle.surfaces import Screen, as_post
from tests.social.oracle.told import GROUPED, About, Due, Telling

LISTS = ("followers", "following", "friends")
REQUESTS = {
    "received": ("/friend-requests", {"direction": "received"}),
    "sent": ("/friend-requests", {"direction": "sent"}),
    "to follow": ("/follow-requests", {}),
}


@dataclass(frozen=True, slots=True)
class Look:
    """A surface and an item of it: what is shown there, and what ought to be."""

    surface: str
    item: str
    shown: Callable[[], Any]
    ought: Callable[[], Any]
    differs: Callable[[Any, Any], str] = lambda shown, ought: "" if shown == ought else f"{shown!r}, not {ought!r}"


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody who looks at a share of all that there is, chosen by chance."""

    model: Model
    telling: Telling
    viewer: Viewer
    screen: Screen
    chance: Random
    share: float = 1.0
    seen: Mapping[str, int] | None = None

    def some(self, things: Sequence[Any], least: int = 1) -> list[Any]:
        """A share of things."""
        number = min(len(things), max(least, round(len(things) * self.share)))
        return self.chance.sample(list(things), number)

    def looks(self) -> Iterator[Look]:
        """All of them."""
        yield from self.at_posts()
        yield from self.at_comments()
        yield from self.at_people()
        if self.viewer is not None:
            yield from self.at_lists(self.viewer)
            yield from self.at_connections(self.viewer)
            yield from self.at_found(self.viewer)
            yield Look(
                "notifications", "", self.screen.notifications, partial(self.telling.due, self.viewer), self._mistold
            )

    def at_posts(self) -> Iterator[Look]:
        """Posts by their ids, and what is below them."""
        model, viewer, screen = self.model, self.viewer, self.screen
        for post in self.some(list(model.posts.values()), 6):
            yield Look("post", post.id, partial(screen.post, post.id), partial(expected.one_post, model, viewer, post))
        for post in self.some(list(model.posts.values()), 3):
            yield Look(
                "versions", post.id, partial(screen.versions, post.id), partial(expected.versions, model, viewer, post)
            )
            yield Look(
                "reactions to a post",
                post.id,
                partial(screen.reactions, f"/posts/{post.id}"),
                partial(expected.reactions_to_post, model, viewer, post),
            )
        discussed = list(dict.fromkeys(each.post for each in model.comments.values()))
        for post_id in self.some(discussed, 3):
            yield Look(
                "thread",
                post_id,
                partial(screen.thread, post_id),
                partial(expected.thread, model, viewer, model.posts[post_id]),
            )

    def at_comments(self) -> Iterator[Look]:
        """Comments by their ids."""
        model, viewer, screen = self.model, self.viewer, self.screen
        for comment in self.some(list(model.comments.values()), 3):
            yield Look(
                "comment",
                comment.id,
                partial(screen.comment, comment.id),
                partial(expected.one_comment, model, viewer, comment),
            )
            yield Look(
                "reactions to a comment",
                comment.id,
                partial(screen.reactions, f"/comments/{comment.id}"),
                partial(expected.reactions_to_comment, model, viewer, comment),
            )

    def at_people(self) -> Iterator[Look]:
        """Profiles, and what people have published; hashtags."""
        model, viewer, screen = self.model, self.viewer, self.screen
        for member in self.some(list(model.members.values()), 2):
            who = self.chance.choice([member.id, member.handle])
            yield Look(
                "profile",
                member.name,
                partial(screen.profile, who),
                partial(expected.profile, model, viewer, member.id),
            )
            yield Look(
                "posts of a person",
                member.name,
                partial(screen.posts, f"/people/{who}/posts"),
                partial(expected.posts_of, model, viewer, member.id),
                self._missed,
            )
        for tag in self.some(["garden", "music", "travel"]):
            yield Look(
                "hashtag",
                tag,
                partial(screen.ids, f"/hashtags/{tag}/posts"),
                partial(expected.tagged, model, viewer, tag),
                self._missed,
            )

    def at_lists(self, viewer: str) -> Iterator[Look]:
        """The feed in both orders, bookmarks, drafts, trends."""
        model, screen = self.model, self.screen
        yield Look("feed", "latest", screen.feed, partial(expected.feed, model, viewer), self._missed)
        yield Look(
            "feed",
            "ranked",
            partial(screen.people, "/feed", sort="ranked"),
            lambda: sorted(each[0] for each in expected.feed(model, viewer)),
            self._missed,
        )
        yield Look("bookmarks", "", partial(screen.ids, "/bookmarks"), partial(expected.bookmarked, model, viewer))
        yield Look(
            "drafts", "", partial(screen.people, "/drafts"), partial(expected.drafts, model, viewer), self._missed
        )
        yield Look("trends", "", lambda: screen.one("/trending"), lambda: None, self._trending)
        yield Look("muted words", "", screen.words_muted, partial(expected.words_muted, model, viewer))
        yield Look("muted threads", "", screen.threads_muted, partial(expected.threads_muted, model, viewer))

    def at_connections(self, viewer: str) -> Iterator[Look]:
        """Who is tied to whom, and who asks to be."""
        model, screen = self.model, self.screen
        for member in self.some(list(model.members.values()), 2):
            for kind in LISTS:
                yield Look(
                    kind,
                    member.name,
                    partial(screen.people, f"/people/{member.id}/{kind}"),
                    partial(expected.connections, model, viewer, member.id, kind),
                )
            yield Look(
                "mutuals",
                member.name,
                partial(screen.mutuals, member.id),
                partial(expected.connections, model, viewer, member.id, "mutuals"),
            )
        yield Look(
            "suggestions",
            "",
            screen.suggestions,
            partial(expected.suggestions, model, viewer),
        )
        for which, (path, params) in REQUESTS.items():
            yield Look(
                "requests",
                which,
                partial(screen.people, path, lambda item: str(item["person"]["id"]), **params),
                partial(expected.waiting, model, viewer, which),
            )
        for which in ("blocks", "mutes"):
            yield Look(
                which, "", partial(screen.people, f"/{which}"), partial(expected.set_apart, model, viewer, which)
            )

    def at_found(self, viewer: str) -> Iterator[Look]:
        """What is found of posts, people and hashtags."""
        model, screen = self.model, self.screen
        for word in self.some(["apple", "river", "stone", "garden", *(each.handle for each in model.members.values())]):
            yield Look(
                "search",
                word,
                partial(screen.ids, "/search", q=word, sort="latest"),
                partial(expected.found, model, viewer, word),
                self._missed,
            )
            yield Look(
                "search by relevance",
                word,
                partial(screen.people, "/search", q=word),
                partial(_sorted, expected.found, model, viewer, word),
                self._missed,
            )
        beginning = self.chance.choice(["g", "mu", "travel", "x"])
        yield Look(
            "hashtags found",
            beginning,
            partial(screen.hashtags, beginning),
            partial(expected.hashtags, model, viewer, beginning),
        )
        for member in self.some(list(model.members.values())):
            path, more = self.chance.choice([("/people", {}), ("/search", {"type": "people"})])
            yield Look(
                "people found",
                member.name,
                partial(screen.people_found, path, q=member.name, **more),
                partial(expected.people_found, model, viewer, member.name),
            )
            yield Look(
                "whom to mention",
                member.handle[:3],
                partial(screen.people_found, "/mentions", q=member.handle[:3]),
                partial(expected.mentionable, model, viewer, member.handle[:3]),
            )

    def at_graph(self) -> Iterator[Look]:
        """The same by the graph, and what was missed of posts."""
        model, viewer, graph = self.model, self.viewer, Graph(self.screen.caller)
        for node_id in self.some([*model.posts, *model.comments, *model.members], 3):
            yield Look("node", node_id, partial(graph.node, node_id), partial(node_of, model, viewer, node_id))
        for post_id in self.some(list(model.posts), 3):
            yield Look(
                "graph's post", post_id, partial(graph.post, post_id), partial(post_in_graph, model, viewer, post_id)
            )
        if viewer is None:
            return
        yield Look("graph's feed", "", graph.feed, partial(expected.feed, model, viewer), self._missed)
        for post in self.some([each for each in model.posts.values() if each.kind != "repost"], 2):
            yield Look(
                "what was missed",
                post.id,
                partial(missed, self.screen.caller, f"post:{post.id}"),
                partial(str, post.id),
                lambda shown, post_id: "; ".join(mistakes_missed(model, viewer, post_id, shown)),
            )

    def _missed(self, shown: Any, ought: Any) -> str:
        """What is in one list and not in the other, with the reason for which the viewer does not see it."""
        if shown == ought:
            return ""
        if isinstance(shown, str) or isinstance(ought, str):
            return f"{shown!r}, not {ought!r}"
        extra = [each for each in shown if each not in ought]
        lacking = [each for each in ought if each not in shown]
        named = [_id_of(each) for each in extra + lacking]
        reasons = {each: self.model.refusal(self.viewer, each) or self._quiet(each) for each in named}
        return f"too much: {extra}; too little: {lacking}; reasons: {reasons}; or the order: {[*map(_id_of, shown)]}"

    def _quiet(self, post_id: str) -> str:
        post, places = self.model.posts[post_id], ("feed", "search")
        muted = [each for each in places if self.model.mutes_post(self.viewer, each, post)]
        return f"it may be seen, but is muted in {muted}" if muted else "it may be seen, and is not muted"

    def _trending(self, shown: Any, _: Any) -> str:
        model, viewer = self.model, self.viewer
        wrong = [
            each["id"]
            for each in shown["posts"]
            if not model.sees(viewer, each["id"])
            or model.mutes_post(viewer, "feed", model.posts[each["id"]])
            or as_post(each) != expected.one_post(model, viewer, model.posts[each["id"]])
        ]
        wrong += [
            each["hashtag"]
            for each in shown["hashtags"]
            if viewer is not None and model.mutes_text(viewer, "feed", "", f"#{each['hashtag']}")
        ]
        return f"shows {wrong} not as they are, or though they are muted" if wrong else ""

    def _mistold(self, shown: tuple[Sequence[Mapping[str, Any]], int], ought: Mapping[About, Due]) -> str:
        lines, unread = shown
        fresh = sum(each["seq"] > (self.seen or {}).get(self.viewer or "", 0) for each in lines)
        problems = [] if unread == min(fresh, 100) else [f"the badge says {unread} of {fresh}"]
        by_thing: dict[About, list[Mapping[str, Any]]] = {}
        for line in lines:
            by_thing.setdefault((line["kind"], line["post_id"], line["comment_id"]), []).append(line)
        for about in {*by_thing, *ought}:
            due = ought.get(about, Due(frozenset(), frozenset()))
            problems += [f"{about}: {each}" for each in _mistakes(by_thing.get(about, []), due)]
        return "; ".join(problems)


def _sorted(ask: Callable[..., list[str]], *of: Any) -> list[str]:
    return sorted(ask(*of))


def _mistakes(lines: Sequence[Mapping[str, Any]], due: Due) -> Iterator[str]:
    named = [each["id"] for line in lines for each in line["actors"]]
    number = sum(line["count"] for line in lines)
    if not set(named) <= due.may:
        yield f"names {set(named) - due.may}"
    if len(set(named)) < len(named):
        yield f"names somebody twice: {named}"
    if not len(due.must) <= number <= len(due.may):
        yield f"counts {number}; it must be {sorted(due.must)}, it may be {sorted(due.may)}"
    if all(line["count"] <= len(line["actors"]) for line in lines) and not due.must <= set(named):
        yield f"does not name {due.must - set(named)}"
    if any(line["kind"] not in GROUPED and line["count"] != 1 for line in lines):
        yield "counts what is not for counting"


def _id_of(item: Any) -> str:
    if isinstance(item, dict):
        return str(item["id"])
    return str(item[0] if isinstance(item, tuple) else item)
