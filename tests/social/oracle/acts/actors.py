"""People who do whatever comes into their heads, over HTTP; each answer has to be the one that the model gives."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeAlias

from fourfold.ground.clock import Clock
from tests.conftest import Caller
from tests.social.oracle.acts.people import People
from tests.social.oracle.acts.polls import POLLING, Polling
from tests.social.oracle.acts.quiet import QUIETING, Quieting
from tests.social.oracle.acts.reports import REPORTING, Reporting
from tests.social.oracle.acts.ties import CREATED, OK, Ties
from tests.social.oracle.acts.words import Words
from tests.social.oracle.model import AUDIENCES, KINDS, Model, Post
from tests.social.oracle.surfaces import HERE

Act: TypeAlias = Callable[[str], None]

# How often each is done, and what is done when there are too many posts or blocks.
WEIGHTS: Mapping[str, int] = {
    "follow": 8, "unfollow": 3, "remove_follower": 1, "answer_follower": 5, "ask_friend": 7, "answer_friend": 7,
    "unfriend": 1, "block": 2, "unblock": 2, "mute": 2, "unmute": 2, "write": 12, "draft": 2, "publish": 2,
    "comment": 13, "edit_comment": 2, "delete_comment": 3, "react": 14, "take_reaction_back": 4, "repost": 5,
    "take_repost_back": 2, "quote": 5, "edit": 4, "readdress": 4, "delete": 3, "protect": 2, "hide": 4, "bookmark": 3,
    "remove_bookmark": 1, "see": 1,
}  # fmt: skip
MOST_POSTS = 300


class Actors(People):
    """The people of one tenant, with all that they do."""

    def __init__(
        self, callers: Mapping[str, Caller], owner: Caller, model: Model, chance: Random, clock: Clock
    ) -> None:
        super().__init__(callers, model, chance, clock)
        self.ties = Ties(model, self.telling)
        self.words = Words(model, self.telling)
        self.seen: dict[str, int] = {}
        own = {name: getattr(self, f"_{name}") for name in WEIGHTS}
        quieting, polling, reporting = Quieting(self), Polling(self, self.words), Reporting(self, owner)
        self.acts: Mapping[str, Act] = {**own, **quieting.acts, **polling.acts, **reporting.acts}
        self.weights = {**WEIGHTS, **QUIETING, **POLLING, **REPORTING}

    def act(self) -> None:
        """Somebody does something."""
        model, names = self.model, list(self.weights)
        name = self.chance.choices(names, list(self.weights.values()))[0]
        if len(model.blocks) > len(model.members) // 2:
            name = "unblock"
        elif name == "write" and len(model.published()) > MOST_POSTS:
            name = "delete"
        self.done += 1
        self.acts[name](self.chance.choice(list(model.members)))
        self.telling.step()

    # Ties.

    def _follow(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "PUT", self.way(other, "follow"), self.ties.follow(me, other))

    def _unfollow(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "DELETE", self.way(other, "follow"), self.ties.unfollow(me, other))

    def _remove_follower(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "DELETE", self.way(other, "follower"), self.ties.remove_follower(me, other))

    def _answer_follower(self, me: str) -> None:
        asking = [pair for pair, how in self.model.follow.items() if how == "asked"]
        if not asking:
            return
        other, me = self.chance.choice(asking)
        waiting = self.callers[me].get(f"{HERE}/follow-requests", params={"limit": 100}).json()["items"]
        request = next((each["id"] for each in waiting if each["person"]["id"] == other), "is not listed")
        accept = self.chance.random() < 0.6
        status = self.ties.answer_follower(me, other, accept=accept)
        self.ask(me, "POST", f"/follow-requests/{request}/{'accept' if accept else 'decline'}", status)

    def _ask_friend(self, me: str) -> None:
        other = self.other(me)
        status = self.ties.ask_friend(me, other)
        answer = self.ask(me, "POST", "/friend-requests", status, to=other)
        if status == CREATED:
            self.ties.learn_request(me, other, answer["id"])

    def _answer_friend(self, me: str) -> None:
        known = [(one, other, each) for (one, other), each in self.model.asked.items()]
        if self.chance.random() < 0.2:
            known += [(min(pair), max(pair), each) for pair, each in self.model.friends.items()]
        if not known:
            return
        one, me, request = self.chance.choice(known)
        if self.chance.random() < 0.2:
            one, me = me, one
        what = self.chance.choice(["accept", "accept", "decline", "withdraw"])
        if what == "withdraw":
            if self.chance.random() < 0.8:
                one, me = me, one
            self.ask(me, "DELETE", f"/friend-requests/{request}", self.ties.withdraw(me, one))
            return
        status = (self.ties.accept_friend if what == "accept" else self.ties.decline_friend)(me, one)
        self.ask(me, "POST", f"/friend-requests/{request}/{what}", status)

    def _unfriend(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "DELETE", self.way(other, "friend"), self.ties.unfriend(me, other))

    def _block(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "PUT", self.way(other, "block"), self.ties.block(me, other))

    def _unblock(self, me: str) -> None:
        if self.model.blocks and self.chance.random() < 0.9:
            me, other = self.chance.choice(sorted(self.model.blocks))
        else:
            other = self.other(me)
        self.ask(me, "DELETE", self.way(other, "block"), self.ties.unblock(me, other))

    def _mute(self, me: str) -> None:
        other = self.other(me)
        self.ask(me, "PUT", self.way(other, "mute"), self.ties.mute(me, other, muted=True))

    def _unmute(self, me: str) -> None:
        if self.model.mutes:
            me, other = self.chance.choice(sorted(self.model.mutes))
            self.ask(me, "DELETE", self.way(other, "mute"), self.ties.mute(me, other, muted=False))

    def _protect(self, me: str) -> None:
        member = self.model.members[me]
        member.protected = not member.protected
        self.ask(me, "PATCH", "/me", OK, visibility="protected" if member.protected else "public")

    def _hide(self, me: str) -> None:
        member = self.model.members[me]
        if self.chance.random() < 0.4:
            member.bio = self.chance.choice(["public", "followers", "friends", "me"])
            self.ask(me, "PATCH", "/me", OK, fields={"bio": member.bio})
            return
        name, circles = self.chance.choice(
            [
                ("connections", ["everyone", "everyone", "followers", "friends", "me"]),
                ("mention", ["everyone", "everyone", "followers", "friends", "nobody"]),
                ("find", ["everyone", "everyone", "nobody"]),
                ("follow", ["everyone", "everyone", "nobody"]),
            ]
        )
        member.settings[name] = self.chance.choice(circles)
        self.ask(me, "PATCH", "/me", OK, settings={name: member.settings[name]})

    # Words.

    def _write(self, me: str, *, draft: bool = False, quoted: Post | None = None) -> None:
        text, audience = self.text(me), self.chance.choice(("public", *AUDIENCES))
        body: dict[str, Any] = {"text": text, "audience": audience, "draft": draft}
        if quoted is not None:
            if not self.words.can_pass_on(me, quoted.id):
                self.ask(me, "POST", "/posts", 404, **body, quote_of=quoted.id)
                return
            body["quote_of"] = quoted.id
        answer = self.ask(me, "POST", "/posts", CREATED, **body)
        of = self.model.meant(quoted).id if quoted is not None else None
        kind, state = "quote" if quoted is not None else "post", "draft" if draft else "published"
        named = self.model.named_in(text, me)
        self.words.wrote(Post(answer["id"], me, audience, kind, text, of, named, state))

    def _draft(self, me: str) -> None:
        self._write(me, draft=True)

    def _quote(self, me: str) -> None:
        quoted = self.post(me)
        if quoted is not None:
            self._write(me, quoted=quoted)

    def _publish(self, me: str) -> None:
        post = self.own(me, "draft", "draft", "published")
        if post is not None:
            self.ask(me, "POST", f"/posts/{post.id}/publish", self.words.publish(me, post.id))

    def _edit(self, me: str) -> None:
        post = self.own(me, "published", "draft")
        if post is not None:
            text = self.text(me)
            self.ask(me, "PATCH", f"/posts/{post.id}", self.words.edit_post(me, post.id, text, None), text=text)

    def _readdress(self, me: str) -> None:
        post = self.own(me, "published", "draft")
        if post is not None:
            audience = self.chance.choice(AUDIENCES)
            status = self.words.edit_post(me, post.id, None, audience)
            self.ask(me, "PATCH", f"/posts/{post.id}", status, audience=audience)

    def _delete(self, me: str) -> None:
        post = self.own(me, "published", "published", "draft", "deleted")
        if post is not None:
            self.ask(me, "DELETE", f"/posts/{post.id}", self.words.delete_post(me, post.id))

    def _repost(self, me: str) -> None:
        post = self.post(me)
        if post is None:
            return
        audience = self.chance.choice(["public", "public", "followers", "friends"])
        is_possible = self.words.can_pass_on(me, post.id)
        answer = self.ask(me, "PUT", f"/posts/{post.id}/repost", OK if is_possible else 404, audience=audience)
        if is_possible:
            self.words.reposted(me, post.id, answer["id"], audience)

    def _take_repost_back(self, me: str) -> None:
        passed_on = [each for each in self.model.posts.values() if (each.author, each.kind) == (me, "repost")]
        post = self.post(me, passed_on or None)
        if post is not None:
            named = self.chance.choice([post, self.model.meant(post)])
            self.ask(me, "DELETE", f"/posts/{named.id}/repost", self.words.take_repost_back(me, named.id))

    def _comment(self, me: str) -> None:
        parent = self.comment_of(me) if self.chance.random() < 0.6 else None
        post = self.model.posts[parent.post] if parent and self.chance.random() < 0.95 else self.post(me)
        if post is None:
            return
        text, parent_id = self.text(me), parent.id if parent else None
        status = self.words.can_comment(me, post.id, parent_id)
        answer = self.ask(me, "POST", f"/posts/{post.id}/comments", status, text=text, parent_id=parent_id)
        if status == CREATED:
            self.words.commented(me, post.id, answer["id"], text, parent_id)

    def _edit_comment(self, me: str) -> None:
        comment = self.comment_of(me)
        if comment is not None:
            who = comment.author if self.chance.random() < 0.8 else me
            text = self.text(who)
            self.ask(who, "PATCH", f"/comments/{comment.id}", self.words.edit_comment(who, comment.id, text), text=text)

    def _delete_comment(self, me: str) -> None:
        comment = self.comment_of(me)
        if comment is not None:
            who = self.chance.choice([me, comment.author, comment.author, self.model.posts[comment.post].author])
            self.ask(who, "DELETE", f"/comments/{comment.id}", self.words.delete_comment(who, comment.id))

    def _target(self, me: str) -> tuple[str, str] | None:
        comment = self.comment_of(me) if self.chance.random() < 0.35 else None
        post = self.post(me) if comment is None else None
        if comment is not None:
            return f"/comments/{comment.id}/reaction", comment.id
        return (f"/posts/{post.id}/reaction", post.id) if post is not None else None

    def _react(self, me: str) -> None:
        target = self._target(me)
        if target is not None:
            kind = self.chance.choice(KINDS)
            self.ask(me, "PUT", target[0], self.words.react(me, target[1], kind), kind=kind)

    def _take_reaction_back(self, me: str) -> None:
        given = [target for target, people in self.model.reactions.items() if me in people]
        target = self._target(me)
        if given and self.chance.random() < 0.8:
            target_id = self.chance.choice(given)
            where = "comments" if target_id in self.model.comments else "posts"
            target = f"/{where}/{target_id}/reaction", target_id
        if target is not None:
            self.ask(me, "DELETE", target[0], self.words.take_reaction_back(me, target[1]))

    def _bookmark(self, me: str) -> None:
        post = self.post(me)
        if post is not None:
            self.ask(me, "PUT", f"/posts/{post.id}/bookmark", self.words.bookmark(me, post.id))

    def _remove_bookmark(self, me: str) -> None:
        kept = [self.model.posts[post] for by, post in self.model.bookmarks if by == me]
        post = self.post(me, kept or None)
        if post is not None:
            self.ask(me, "DELETE", f"/posts/{post.id}/bookmark", self.words.remove_bookmark(me, post.id))

    def _see(self, me: str) -> None:
        seq = self.callers[me].get(f"{HERE}/notifications").json()["seq"]
        self.ask(me, "POST", "/notifications/seen", OK, seq=seq)
        self.seen[me] = max(self.seen.get(me, 0), seq)
