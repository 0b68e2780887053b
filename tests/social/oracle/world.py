"""A tenant whose people do whatever comes into their heads, beside the model that says what comes of it."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import httpx

from fourfold.ground.document_work import OUTBOX
from fourfold.serve.worker.react import reactions_of
from fourfold.services import ALL
from fourfold.social.polls.jobs import end_poll, tell_voters
from tests.builders.counted import miscounted, miscounted_people, miscounted_polls
from tests.conftest import Caller, Tenant
from tests.social.oracle import expected
from tests.social.oracle.acts.actors import Actors
from tests.social.oracle.looks import Look, Looking
from tests.social.oracle.model import Member, Model, Viewer
from tests.social.oracle.surfaces import HERE, LARGEST, Screen, Surprise

NAMES = ("Anton", "Berta", "Carla", "Doris", "Emil", "Frieda", "Gustav", "Hilde", "Ivan", "Jakob")
VISITOR = "a visitor"
EVIDENCE = ("author_id", "version", "text", "audience")
PAGES = (3, 20, LARGEST, LARGEST, LARGEST)

# Of these is asked what has not been done about what was told, or was given up.
_WAITING = """
SELECT e.type, wanted.reaction FROM ground.event e
JOIN unnest($2::text[], $3::text[]) AS wanted (type, reaction) ON wanted.type = e.type
WHERE e.tenant_id = $1 AND NOT e.settled AND NOT EXISTS (
  SELECT FROM ground.inbox i WHERE i.tenant_id = e.tenant_id AND i.event_id = e.id AND i.reaction = wanted.reaction)
"""
# What is to be done by now, apart from what takes its time.
_JOBS = """
SELECT 1 FROM ground.job
WHERE tenant_id = $1 AND name = ANY($2::text[]) AND status IN ('queued', 'running') AND run_at <= $3
"""
_ENDS = [end_poll.name, tell_voters.name]
_PARKED = "SELECT reaction, error FROM ground.parked WHERE tenant_id = $1"
_DONE = [(kind, each.name) for kind, reactions in reactions_of(ALL).items() for each in reactions]

Sql = Callable[..., list[dict[str, Any]]]
Documents = Callable[..., list[dict[str, Any]]]


class World:
    """A tenant with so many people, all of whose chances come out of one seed."""

    def __init__(self, tenant: Tenant, number: int, seed: int) -> None:
        self.tenant = tenant
        self.chance = Random(seed)
        joined = [self._joined(name) for name in NAMES[:number]]
        self.callers = {member.id: caller for member, caller in joined}
        self.model = Model(member for member, _ in joined)
        self.actors = Actors(self.callers, tenant.owner, self.model, self.chance, tenant.running.clock)

    def _joined(self, name: str) -> tuple[Member, Caller]:
        caller = self.tenant.sign_up()
        assert caller.put(f"{HERE}/me/handle", json={"handle": name}).status_code == 200
        assert caller.patch(f"{HERE}/me", json={"name": name, "bio": f"I am {name}."}).status_code == 200
        return Member(caller.account_id, name.lower(), name), caller

    def sign_in_again(self) -> None:
        """Everybody gets a fresh token: the old ones do not last as long as the longest run."""
        for caller in (*self.callers.values(), self.tenant.owner):
            caller.headers = self.tenant.sign_in(caller.email).headers

    def act(self, times: int) -> None:
        """So much happens."""
        for _ in range(times):
            self.actors.act()

    def an_hour_later(self) -> None:
        """It is an hour later: what has ended by then has ended."""
        self.actors.words.an_hour_later()
        self.actors.telling.step()

    def viewers(self) -> Iterator[tuple[Viewer, Caller]]:
        """All who look: the people, and somebody who has not signed in."""
        yield from self.callers.items()
        yield None, self.tenant.visitor

    def name_of(self, viewer: Viewer) -> str:
        """Who looks, to be read by people."""
        return VISITOR if viewer is None else self.model.members[viewer].name

    def differences(self, share: float, viewers: int) -> list[str]:
        """What some viewers are shown otherwise than it ought to be, out of a share of all that they could look at."""
        self.actors.telling.settle()
        found: list[str] = []
        everybody = list(self.viewers())
        for viewer, caller in self.chance.sample(everybody, min(viewers, len(everybody))):
            screen = Screen(caller, self.chance.choice(PAGES))
            looking = Looking(self.model, self.actors.telling, viewer, screen, self.chance, share, self.actors.seen)
            found += [
                each for look in (*looking.looks(), *looking.at_graph()) if (each := self._difference(viewer, look))
            ]
        return found + self.misexplained(share) + self.misreported()

    def _difference(self, viewer: Viewer, look: Look) -> str:
        try:
            wrong = look.differs(look.shown(), look.ought())
        except Surprise as surprise:
            wrong = str(surprise)
        return f"{look.surface} {look.item}, {self.name_of(viewer)} sees: {wrong}" if wrong else ""

    def misexplained(self, share: float) -> list[str]:
        """Posts of which it is explained that somebody sees them who does not, or the other way round."""
        found = []
        known = [each for each in self.model.posts.values() if (each.kind, each.state) != ("repost", "deleted")]
        for post in self.chance.sample(known, round(len(known) * share / 2)):
            for viewer in self.model.members:
                path = f"{HERE}/posts/{post.id}/visibility"
                answer = self.tenant.owner.get(path, params={"viewer": viewer})
                told = answer.json()
                if answer.status_code != httpx.codes.OK:
                    found.append(f"explanation {post.id}, {self.name_of(viewer)}: {told} of a {post.state} {post.kind}")
                elif told["allow"] != self.model.sees(viewer, post.id):
                    why = self.model.refusal(viewer, post.id)
                    found.append(f"explanation {post.id}, {self.name_of(viewer)}: {told}, but {why}")
        return found

    def misreported(self) -> list[str]:
        """Reports that moderators are shown otherwise than they were made, and whoever else is shown any."""
        state = self.chance.choice([None, "open", "dismissed", "acted"])
        shown = Screen(self.tenant.owner, self.chance.choice(PAGES)).reports(**({"state": state} if state else {}))
        ought = expected.reports(self.model, state)
        found = [] if shown == ought else [f"reports ({state}): {shown}, not {ought}"]
        known = list(self.model.reports.values())
        for report in self.chance.sample(known, min(len(known), 3)):
            path = f"{HERE}/reports/{report.id}"
            evidence = self.tenant.owner.get(path).json()["evidence"]
            told = [tuple(each[name] for name in EVIDENCE) for each in evidence]
            if told != report.evidence and report.kind != "person":
                found.append(f"report {report.id}: {told}, not {report.evidence}")
            caller = self.chance.choice(list(self.callers.values()))
            answers = {caller.get(each).status_code for each in (path, f"{HERE}/reports")}
            if answers != {httpx.codes.FORBIDDEN}:
                found.append(f"report {report.id}: whoever is no moderator is answered {answers}")
        return found

    def crossings(self, other: "World", number: int) -> list[str]:
        """What the people of another tenant find of this one by its ids: nothing, in the words for nothing."""
        model, found = self.model, []
        ways = [f"/posts/{each}" for each in model.posts]
        ways += [f"/posts/{each}/{what}" for each in model.posts for what in ("comments", "reactions", "versions")]
        ways += [f"/comments/{each}" for each in model.comments]
        ways += [f"/people/{each}{what}" for each in model.members for what in ("", "/posts")]
        for _, caller in other.viewers():
            screen = Screen(caller)
            for way in self.chance.sample(ways, min(number, len(ways))):
                try:
                    shown = screen.one(way)
                except Surprise as surprise:
                    shown = str(surprise)
                if shown != expected.ABSENT:
                    found.append(f"{way} in another tenant: {shown!r}")
        return found

    def is_quiet(self, sql: Sql, documents: Documents) -> bool:
        """Whether all is done about what was told; raises when something was given up."""
        given_up = sql(_PARKED, self.tenant.id)
        if given_up:
            raise AssertionError(given_up)
        # Twice: what is done has more done, and that may be on its way from the one place to the other.
        for _ in range(2):
            if documents(self.tenant, OUTBOX) or sql(_JOBS, self.tenant.id, _ENDS, self.tenant.running.clock.now()):
                return False
        kinds, reactions = zip(*_DONE, strict=True)
        return not sql(_WAITING, self.tenant.id, list(kinds), list(reactions))

    def miscounted(self, documents: Documents) -> list[Any]:
        """What is counted otherwise than it is."""
        rows_of = partial(documents, self.tenant)
        return [*miscounted(rows_of), *miscounted_people(rows_of), *miscounted_polls(rows_of)]
