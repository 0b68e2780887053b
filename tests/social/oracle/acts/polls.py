"""People who ask others what they would like, and who vote; what comes of it once it is over."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.social.oracle.acts.people import SAID, People
from tests.social.oracle.acts.ties import CONFLICT, CREATED, DONE, MISSING, OK
from tests.social.oracle.acts.words import Words
from tests.social.oracle.expected import poll_shown
from tests.social.oracle.model import Poll, Post
from tests.social.oracle.surfaces import as_poll

WRONG = 422
# How often each is done.
POLLING: Mapping[str, int] = {"ask_poll": 5, "change_poll": 2, "vote": 14, "take_vote_back": 2}


class Polling:
    """What people ask, and what they choose."""

    def __init__(self, people: People, words: Words) -> None:
        self.people = people
        self.words = words
        self.model = people.model
        self.chance = people.chance
        self.acts: Mapping[str, Callable[[str], None]] = {name: getattr(self, f"_{name}") for name in POLLING}

    # Asking.

    def _asked(self) -> dict[str, Any]:
        choices = self.chance.sample(SAID, self.chance.randint(2, 4))
        minutes = 60 * self.chance.choice([1, 1, 2, 100]) - 30
        is_multiple, is_hidden = self.chance.random() < 0.4, self.chance.random() < 0.4
        return {"choices": choices, "minutes": minutes, "multiple": is_multiple, "hide_results": is_hidden}

    def _learnt(self, shown: Mapping[str, Any], asked: Mapping[str, Any]) -> Poll:
        """The poll that was asked for, with the ids that its choices were given."""
        choices = {each["id"]: each["text"] for each in shown["choices"]}
        assert list(choices.values()) == asked["choices"], shown
        lasts = (asked["minutes"] + 30) // 60
        return Poll(choices, asked["multiple"], asked["hide_results"], asked["minutes"], lasts)

    def _ask_poll(self, me: str) -> None:
        text, asked, is_draft = self.people.text(me), self._asked(), self.chance.random() < 0.2
        answer = self.people.ask(me, "POST", "/posts", CREATED, text=text, draft=is_draft, poll=asked)
        post = Post(answer["id"], me, "public", text=text, mentions=self.model.named_in(text, me))
        post.state, post.poll = "draft" if is_draft else "published", self._learnt(answer["poll"], asked)
        self.words.wrote(post)

    def _change_poll(self, me: str) -> None:
        asking = [each for each in self.model.posts.values() if each.poll is not None and each.state != "deleted"]
        own = [each for each in asking if each.author == me]
        post = self.people.post(me, own) if own and self.chance.random() < 0.8 else self.people.own(me, "published")
        if post is None:
            return
        asked = self._asked() if self.chance.random() < 0.7 else None
        status = self._change(me, post, asked)
        body = {"without_poll": True} if asked is None else {"poll": asked}
        answer = self.people.ask(me, "PATCH", f"/posts/{post.id}", status, **body)
        if status == OK and not self._is_same(post.poll, asked):
            fresh = self._learnt(answer["poll"], asked) if asked is not None else None
            self.words.asked_otherwise(post, fresh)

    def _change(self, me: str, post: Post, asked: Mapping[str, Any] | None) -> int:
        status, poll = self.words.own(me, post.id), post.poll
        if status != OK:
            return status
        if post.kind == "repost":
            return CONFLICT
        if self._is_same(poll, asked) or poll is None:
            return OK
        return CONFLICT if poll.votes or self.model.has_ended(poll) else OK

    def _is_same(self, poll: Poll | None, asked: Mapping[str, Any] | None) -> bool:
        if poll is None or asked is None:
            return poll is None and asked is None
        told = list(poll.choices.values()), poll.minutes, poll.multiple, poll.hides
        return told == tuple(asked[name] for name in ("choices", "minutes", "multiple", "hide_results"))

    # Voting.

    def _poll_for(self, me: str) -> Post | None:
        """A post that asks something, or passes that on; now and then one that asks nothing."""
        asking = [each for each in self.model.posts.values() if self.model.meant(each).poll is not None]
        return self.people.post(me, asking if asking and self.chance.random() < 0.95 else None)

    def _vote(self, me: str) -> None:
        post = self._poll_for(me)
        if post is None:
            return
        poll, chosen = self.model.meant(post).poll, self._chosen(post)
        status = self._may_vote(me, post, chosen)
        if status == OK and poll is not None:
            poll.votes[me] = set(chosen)
        answer = self.people.ask(me, "PUT", f"/posts/{post.id}/vote", status, choice_ids=chosen)
        if status == OK and poll is not None:
            shown, ought = as_poll(answer), poll_shown(self.model, me, poll)
            assert shown == ought, f"the vote is answered by {shown}, not {ought}"

    def _chosen(self, post: Post) -> list[str]:
        poll = self.model.meant(post).poll
        if poll is None:
            return [post.id]
        most = 2 if poll.multiple or self.chance.random() < 0.1 else 1
        chosen = self.chance.sample(list(poll.choices), self.chance.randint(1, most))
        return [*chosen, post.id] if self.chance.random() < 0.05 else chosen

    def _may_vote(self, me: str, post: Post, chosen: list[str]) -> int:
        poll = self.model.meant(post).poll
        if not self.words.can_pass_on(me, post.id) or poll is None:
            return MISSING
        if self.model.has_ended(poll):
            return CONFLICT
        is_offered = set(chosen) <= set(poll.choices)
        return OK if is_offered and (poll.multiple or len(set(chosen)) == 1) else WRONG

    def _take_vote_back(self, me: str) -> None:
        voted = [each for each in self.model.posts.values() if each.poll is not None and me in each.poll.votes]
        post = self.people.post(me, voted) if voted and self.chance.random() < 0.8 else self._poll_for(me)
        if post is not None:
            self.people.ask(me, "DELETE", f"/posts/{post.id}/vote", self._taken_back(me, post))

    def _taken_back(self, me: str, post: Post) -> int:
        # A repost that was taken back names nothing any more.
        is_nothing = (post.kind, post.state) == ("repost", "deleted")
        meant = post if is_nothing else self.model.meant(post)
        if meant.poll is None or me not in meant.poll.votes:
            return DONE if self.model.sees(me, post.id) and meant.poll is not None else MISSING
        if meant.state != "published":
            return MISSING
        if self.model.has_ended(meant.poll):
            return CONFLICT
        del meant.poll.votes[me]
        return DONE
