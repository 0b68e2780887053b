"""People with chances of their own: whom and what they think of, and how they ask for it over HTTP."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from fourfold.ground.clock import Clock
from tests.conftest import Caller
from tests.social.oracle.model import Comment, Model, Post
from tests.social.oracle.surfaces import HERE
from tests.social.oracle.told import Telling

SAID = ("apple", "river", "stone", "cloud", "bread")
TAGS = ("garden", "music", "travel")
# Acts that are told no more than whom or what they are about.
BARE = ("follow", "block", "mute", "accept", "decline", "publish")
LAST_SAID = 12
# What ends, ends between two hours: acts take place in the first half of each.
HALF = timedelta(minutes=30)


class People:
    """The people of one tenant, and what they have done last."""

    def __init__(self, callers: Mapping[str, Caller], model: Model, chance: Random, clock: Clock) -> None:
        self.callers = callers
        self.model = model
        self.telling = Telling(model)
        self.chance = chance
        self.clock = clock
        self.done = 0
        self.last: deque[str] = deque(maxlen=LAST_SAID)

    def in_hours(self, hours: int) -> datetime:
        """The moment at which something ends that is over once it is so many hours later."""
        moment = self.clock.now() - HALF + timedelta(hours=hours)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def ask(self, me: str, method: str, path: str, status: int, **body: Any) -> Any:
        """A request whose answer has to have this status; gives the JSON of the answer."""
        self.last.append(f"{self.model.members[me].name}: {method} {path} {body or ''} -> {status}")
        more = {} if method == "DELETE" or path.endswith(BARE) else {"json": body}
        answer = self.callers[me].request(method, f"{HERE}{path}", **more)
        if answer.status_code != status:
            raise AssertionError(f"{answer.status_code}, not {status}: {answer.text[:500]}\n" + "\n".join(self.last))
        return answer.json() if answer.content else None

    # Whom and what they think of.

    def other(self, me: str) -> str:
        return self.chance.choice([each for each in self.model.members if each != me])

    def way(self, other: str, *words: str) -> str:
        who = self.chance.choice([other, self.model.members[other].handle])
        return "/".join(("/people", who, *words))

    def post(self, me: str, posts: Sequence[Post] | None = None) -> Post | None:
        """One of the posts, mostly a recent one that they see."""
        known = list(self.model.posts.values()) if posts is None else list(posts)
        if self.chance.random() < 0.9:
            known = [each for each in known if self.model.sees(me, each.id)] or known
        if self.chance.random() < 0.7:
            known = known[-20:]
        return self.chance.choice(known) if known else None

    def own(self, me: str, *states: str) -> Post | None:
        """One of their own posts, now and then somebody else's."""
        known = [each for each in self.model.posts.values() if each.state in states]
        own = [each for each in known if each.author == me]
        return self.post(me, own if own and self.chance.random() < 0.9 else known)

    def comment_of(self, me: str) -> Comment | None:
        known = [each for each in self.model.comments.values() if each.state == "published"]
        if self.chance.random() < 0.85:
            known = [each for each in known if self.model.there(me, each.id) == "whole"] or known
        return self.chance.choice(known[-40:]) if known else None

    def text(self, me: str) -> str:
        words = [self.chance.choice(SAID) for _ in range(self.chance.randint(1, 3))]
        if self.chance.random() < 0.4:
            words.append(f"#{self.chance.choice(TAGS)}")
        if self.chance.random() < 0.3:
            words.append(f"@{self.model.members[self.other(me)].handle}")
        return f"{' '.join(words)} n{self.done}"
