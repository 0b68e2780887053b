"""People who tell moderators of what they see, and a moderator who says what became of it."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.conftest import Caller
from tests.social.oracle.acts.people import People
from tests.social.oracle.acts.ties import CONFLICT, CREATED, MISSING, OK
from tests.social.oracle.model import Report
from tests.social.oracle.surfaces import HERE

REASONS = ("spam", "hate", "other")
KEPT = 5
# How often each is done.
REPORTING: Mapping[str, int] = {"report": 5, "close_report": 2}
Seen = tuple[object, ...]


class Reporting:
    """What people report, and what the owner of the tenant decides."""

    def __init__(self, people: People, owner: Caller) -> None:
        self.people = people
        self.owner = owner
        self.model = people.model
        self.chance = people.chance
        self.acts: Mapping[str, Callable[[str], None]] = {name: getattr(self, f"_{name}") for name in REPORTING}

    def _report(self, me: str) -> None:
        kind, target = self._target(me)
        reason, text = self.chance.choice(REASONS), ""
        # What is seen of a person may have changed or not: so these are never told of in the same words.
        if kind == "person" or self.chance.random() < 0.5:
            text = f"Look at it, n{self.people.done}"
        status, about, evidence, meant = self._seen(me, kind, target)
        known = self.model.reports.get((me, kind, meant))
        if known is not None and status in {MISSING, CREATED}:
            status = OK
        answer = self.people.ask(me, "POST", "/reports", status, kind=kind, id=target, reason=reason, text=text)
        if known is not None and status == OK:
            self._again(known, reason, text, evidence)
            assert answer["id"] == known.id, answer
        elif status == CREATED:
            report = Report(answer["id"], me, kind, meant, about, reason, text, [evidence] if evidence else [])
            self.model.reports[me, kind, meant] = report

    def _target(self, me: str) -> tuple[str, str]:
        kind = self.chance.choice(["post", "post", "comment", "person"])
        before = [target for by, what, target in self.model.reports if (by, what) == (me, kind)]
        if before and self.chance.random() < 0.4:
            return kind, self.chance.choice(before)
        found = self.people.post(me) if kind == "post" else self.people.comment_of(me) if kind == "comment" else None
        if found is not None:
            return kind, found.id
        return "person", self.chance.choice(list(self.model.members))

    def _seen(self, me: str, kind: str, target: str) -> tuple[int, str, Seen | None, str]:
        """What is answered to a first report, whose it is, what is seen of it, and what is meant."""
        model = self.model
        if kind == "person":
            is_there = (target, me) not in model.blocks
            return self._status(me, target, is_there=is_there), target, ("person", target), target
        if kind == "comment":
            comment = model.comments[target]
            seen: Seen = (comment.author, comment.version, comment.text, None)
            is_there = model.there(me, target) == "whole"
            return (
                self._status(me, comment.author, is_there=is_there),
                comment.author,
                seen if is_there else None,
                target,
            )
        if not model.sees(me, target):
            return MISSING, "", None, target
        post = model.meant(model.posts[target])
        seen = (post.author, post.version, post.text, post.audience)
        return self._status(me, post.author, is_there=True), post.author, seen, post.id

    def _status(self, me: str, about: str, *, is_there: bool) -> int:
        if not is_there:
            return MISSING
        return CONFLICT if about == me else CREATED

    def _again(self, known: Report, reason: str, text: str, evidence: Seen | None) -> None:
        is_fresh = evidence is not None and evidence not in known.evidence
        if not is_fresh and (known.reason, known.text) == (reason, text):
            return
        if is_fresh and evidence is not None:
            known.evidence = [known.evidence[0], *[*known.evidence[1:], evidence][1 - KEPT :]]
        known.reason, known.text, known.state = reason, text, "open"
        known.version += 1

    def _close_report(self, _: str) -> None:
        if not self.model.reports:
            return
        report = self.chance.choice(list(self.model.reports.values()))
        outcome, note = self.chance.choice(["dismissed", "acted"]), f"n{self.people.done}"
        # Now and then somebody decides on what they have read before it was changed.
        version = report.version - (self.chance.random() < 0.1)
        status = 412 if version != report.version else OK if report.state == "open" else CONFLICT
        path, said = f"{HERE}/reports/{report.id}/close", {"outcome": outcome, "note": note}
        self.people.last.append(f"the owner: POST {path} {said} -> {status}")
        answer = self._asked(path, said, version)
        assert answer.status_code == status, answer.text
        if status == OK:
            report.state, report.note = outcome, note
            report.version += 1

    def _asked(self, path: str, said: Mapping[str, Any], version: int) -> Any:
        return self.owner.post(path, json=said, headers={"If-Match": f'"{version}"'})
