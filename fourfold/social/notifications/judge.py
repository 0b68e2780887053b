"""Which occurrences somebody may be told of: asked when they happen, and again whenever they are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.notifications.rules import still_holds
from fourfold.social.people.queries import people_by_id
from fourfold.social.visibility.comments import visible_comments
from fourfold.social.visibility.posts import visible_posts
from fourfold.social.visibility.rules import PersonFacts, Viewer, decide_person
from fourfold.social.visibility.viewer import viewer_for


@dataclass(frozen=True, slots=True)
class Claim:
    """An occurrence as far as it is decided by."""

    kind: str
    actor: UUID
    post: UUID | None = None
    comment: UUID | None = None
    source: UUID | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Whoever is to be told, and what they may know of."""

    viewer: Viewer
    people: Mapping[UUID, PersonFacts]
    posts: frozenset[UUID]
    comments: frozenset[UUID]

    @property
    def away(self) -> frozenset[UUID]:
        """People of whom they are told nothing."""
        return self.viewer.cut | self.viewer.muted

    def allows(self, claim: Claim) -> bool:
        """Whether they may be told of it."""
        actor = self.people.get(claim.actor)
        if actor is None or actor.id in self.away or not decide_person(self.viewer, actor).allow:
            return False
        if not still_holds(claim.kind, self.viewer.tie_to(actor.id)):
            return False
        has_posts = {each for each in (claim.post, claim.source) if each is not None} <= self.posts
        return has_posts and (claim.comment is None or claim.comment in self.comments)


async def judge(view: DocumentView, person: UUID, claims: Iterable[Claim]) -> Judged:
    """What the rules of visibility say to somebody about all these; fourteen reads at most, however many."""
    asked = list(claims)
    posts = {each for claim in asked for each in (claim.post, claim.source) if each is not None}
    comments = {claim.comment for claim in asked if claim.comment is not None}
    actors = {claim.actor for claim in asked}
    return Judged(
        viewer=await viewer_for(view, person, actors),
        people=await people_by_id(view, actors),
        posts=frozenset(await visible_posts(view, sorted(posts), person, "notifications")),
        comments=frozenset(await visible_comments(view, sorted(comments), person, "notifications")),
    )


def claims_of(group: Mapping[str, Any]) -> list[Claim]:
    """What a group tells of, the newest first."""
    return [
        Claim(group["kind"], each["actor"], group["post"], group["comment"], each["source"]) for each in group["newest"]
    ]
