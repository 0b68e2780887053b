"""What people ought to be notified of: what must be in their lists, and what may be when two things crossed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.social.oracle.model import Model

# Those who do these share a line.
GROUPED = frozenset({"reaction", "repost", "follow"})
PLACE = "notifications"
TIES = frozenset({"follow", "follow_request", "friend_request", "friend"})

# Kind, post, comment: what a line is about.
About: TypeAlias = tuple[str, str | None, str | None]


@dataclass(slots=True)
class Told:
    """Something that `actor` did and that `to` is told of; `kept` says whether the worker has kept it.

    While it waits for the worker it is noted whether `to` might have been told at all times, or at none.
    """

    to: str
    kind: str
    actor: str
    object: str
    post: str | None = None
    comment: str | None = None
    source: str | None = None
    kept: str = "no"
    waits: bool = True
    was_right: bool = False
    was_wrong: bool = False

    @property
    def about(self) -> About:
        """What its line is about."""
        return self.kind, self.post, self.comment

    def concerns(self, thing: str) -> bool:
        """Whether it goes with a post or a comment."""
        return thing in {self.object, self.post, self.comment, self.source}


@dataclass(frozen=True, slots=True)
class Due:
    """Who must be named and counted about a thing, and who may be."""

    must: frozenset[str]
    may: frozenset[str]


class Telling:
    """Keeps what everybody is to be told of."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rows: dict[tuple[str, str, str, str], Told] = {}

    def tell(self, to: str, kind: str, actor: str, about: str, **of: Any) -> None:
        """Somebody has done something that concerns somebody else; known things are not told again."""
        key = (to, kind, actor, about)
        known = self.rows.get(key)
        if (to == actor and kind != "poll") or (known is not None and known.kept == "yes"):
            return
        fresh = Told(to, kind, actor, about, **of)
        if known is not None:
            fresh.kept = "maybe" if known.waits and known.was_right else known.kept
        self.rows[key] = fresh

    def take_back(self, fits: Callable[[Told], bool]) -> None:
        """What fits is not so any more."""
        self.rows = {key: row for key, row in self.rows.items() if not fits(row)}

    def part(self, one: str, other: str) -> None:
        """Two people are cut off: nothing stays; what the worker has not heard of yet it may keep after an unblock."""
        for row in self.between(one, other):
            if row.waits and row.kind not in TIES:
                row.was_wrong = True
            else:
                del self.rows[row.to, row.kind, row.actor, row.object]

    def between(self, one: str, other: str) -> list[Told]:
        """What each of two is told of the other."""
        return [row for row in self.rows.values() if {row.to, row.actor} == {one, other}]

    def step(self) -> None:
        """Something has changed: what waits may be told from now on, or no longer."""
        for row in self.rows.values():
            if row.waits:
                is_right = self.is_right(row)
                row.was_right, row.was_wrong = row.was_right or is_right, row.was_wrong or not is_right

    def settle(self) -> None:
        """The worker has done all that waited."""
        for row in self.rows.values():
            if row.waits:
                kept = "yes" if not row.was_wrong else "maybe" if row.was_right else "no"
                row.kept = "maybe" if (kept, row.kept) == ("no", "maybe") else kept
                row.waits = False
        self.take_back(lambda row: row.kept == "no")

    def is_right(self, row: Told) -> bool:
        """Whether somebody may know of something now."""
        model = self.model
        if model.cut(row.to, row.actor) or (row.to, row.actor) in model.mutes or not self._holds(row):
            return False
        if not all(self._may_meet(row.to, each) for each in (row.post, row.source) if each is not None):
            return False
        if row.comment is None:
            return True
        is_muted = model.mutes_comment(row.to, PLACE, model.comments[row.comment])
        return model.there(row.to, row.comment) == "whole" and not is_muted

    def _may_meet(self, to: str, post_id: str) -> bool:
        return self.model.sees(to, post_id) and not self.model.mutes_post(to, PLACE, self.model.posts[post_id])

    def _holds(self, row: Told) -> bool:
        model, pair = self.model, (row.actor, row.to)
        return {
            "follow": model.follow.get(pair) == "yes",
            "follow_request": model.follow.get(pair) == "asked",
            "friend_request": pair in model.asked,
            "friend": model.are_friends(*pair),
        }.get(row.kind, True)

    def due(self, member: str) -> dict[About, Due]:
        """All that is to be in somebody's list."""
        found: dict[About, list[Told]] = {}
        for row in self.rows.values():
            if row.to == member and self.is_right(row):
                found.setdefault(row.about, []).append(row)
        return {about: _due(rows) for about, rows in found.items()}


def _due(rows: Iterable[Told]) -> Due:
    known = list(rows)
    return Due(frozenset(row.actor for row in known if row.kept == "yes"), frozenset(row.actor for row in known))
