"""Who sees what: the one place that decides it, for every way out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fourfold.social.mutes.rules import NOTHING_MUTED, Muted, Place


@dataclass(frozen=True, slots=True)
class Tie:
    """What the first person of a pair is to the second.

    `follow` (no, asked, yes) is the first following the second, `followed` the other way round; `friend` is no, asked
    (by the first), asks (the second does) or friends; `block` is by the first, `blocked` by the second.
    """

    follow: str = "no"
    followed: str = "no"
    friend: str = "no"
    block: bool = False
    blocked: bool = False
    mute: bool = False

    @property
    def cut(self) -> bool:
        """Whether they are not there for each other."""
        return self.block or self.blocked


STRANGERS = Tie()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks: nobody in particular without an `id`; `staff` moderates; `cut` and `muted` are ids of people.

    `quiet` is what else they have muted.
    """

    id: UUID | None = None
    staff: bool = False
    cut: frozenset[UUID] = frozenset()
    muted: frozenset[UUID] = frozenset()
    ties: Mapping[UUID, Tie] = field(default_factory=dict)
    groups: frozenset[UUID] = frozenset()
    quiet: Muted = NOTHING_MUTED

    def tie_to(self, person_id: UUID) -> Tie:
        """What they are to somebody."""
        return self.ties.get(person_id, STRANGERS)

    def follows(self, person_id: UUID) -> bool:
        """Whether they follow somebody, as friends do without saying so."""
        return self.tie_to(person_id).follow == "yes" or self.is_friend_of(person_id)

    def is_friend_of(self, person_id: UUID) -> bool:
        """Whether they are friends."""
        return self.tie_to(person_id).friend == "friends"


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is decided by, and shown everywhere, of a person.

    `visibility` is public or protected, `state` active, suspended or erased; `settings` says who may what (`message`:
    friends), `fields` who sees which part of the profile (`bio`: followers).
    """

    id: UUID
    handle: str
    name: str
    visibility: str = "public"
    state: str = "active"
    badge: str | None = None
    avatar: UUID | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What is decided by, of a post.

    `of` is what a repost or a quote refers to, `chain` that and what that refers to, `above` the authors of all of
    these, down to the first.
    """

    id: UUID
    author: UUID
    audience: str = "public"
    state: str = "published"
    kind: str = "post"
    group: UUID | None = None
    of: UUID | None = None
    chain: Sequence[UUID] = ()
    above: Sequence[UUID] = ()
    mentions: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class CommentFacts:
    """What is decided by, of a comment; `above` are the authors of all that it answers to, `kids` its answers."""

    id: UUID
    author: UUID
    state: str = "published"
    above: Sequence[UUID] = ()
    mentions: Sequence[UUID] = ()
    kids: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody has said, as far as it is muted by."""

    author: UUID
    text: str
    hashtags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was asked: `says` is allow, deny or go on."""

    rule: str
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is shown, the rule that decided it, and all rules that were asked, in their order."""

    allow: bool
    reason: str
    trace: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """A post before its judges: `original` is their verdict on what it refers to."""

    viewer: Viewer
    post: PostFacts
    author: PersonFacts | None
    original: Verdict | None

    @property
    def is_own(self) -> bool:
        return self.viewer.id is not None and self.viewer.id == self.post.author

    @property
    def is_moderated(self) -> bool:
        """Held posts are shown to those who decide on them, whoever else they are for."""
        return self.post.state == "held" and self.viewer.staff


Answer = bool | None


def _deleted(case: _Case) -> Answer:
    return False if case.post.state == "deleted" else None


def _unpublished(case: _Case) -> Answer:
    return case.is_own if case.post.state in {"draft", "scheduled"} else None


def _held(case: _Case) -> Answer:
    return False if case.post.state == "held" and not (case.is_own or case.viewer.staff) else None


def _unknown_state(case: _Case) -> Answer:
    return None if case.post.state in {"published", "held"} else False


def _author_away(case: _Case) -> Answer:
    return None if _is_around(case.author, case.viewer) else False


def _repost(case: _Case) -> Answer:
    if case.post.kind != "repost":
        return None
    return None if case.original is not None and case.original.allow else False


def _own(case: _Case) -> Answer:
    return True if case.is_own else None


def _moderated(case: _Case) -> Answer:
    return True if case.is_moderated else None


def _cut_with_author(case: _Case) -> Answer:
    return False if case.post.author in case.viewer.cut else None


def _cut_with_others(case: _Case) -> Answer:
    cut = case.viewer.cut
    return None if cut.isdisjoint(case.post.mentions) and cut.isdisjoint(case.post.above) else False


def _audience(case: _Case) -> Answer:
    viewer, post = case.viewer, case.post
    if post.audience == "public" and case.author is not None and case.author.visibility == "public":
        return True
    if viewer.id is None:
        return False
    if post.audience in {"public", "followers"}:
        return viewer.follows(post.author)
    if post.audience == "friends":
        return viewer.is_friend_of(post.author)
    return post.audience == "group" and post.group is not None and post.group in viewer.groups


# The first that answers decides. A repost comes before everything that might allow it, its author included: it never
# widens what it repeats. The last one always answers.
POST_RULES: Sequence[tuple[str, Callable[[_Case], Answer]]] = (
    ("deleted", _deleted),
    ("original", _repost),
    ("unpublished", _unpublished),
    ("held", _held),
    ("unknown_state", _unknown_state),
    ("author_away", _author_away),
    ("own", _own),
    ("moderated", _moderated),
    ("cut_with_author", _cut_with_author),
    ("cut_with_others", _cut_with_others),
    ("audience", _audience),
)


def decide_post(
    viewer: Viewer, post: PostFacts, authors: Mapping[UUID, PersonFacts], original: PostFacts | None = None
) -> Verdict:
    """Whether a post is shown; `original` is what it refers to, None when that is gone.

    A quote may be shown without what it quotes: that has a verdict of its own.
    """
    judged = decide_post(viewer, original, authors) if original is not None and post.kind == "repost" else None
    case = _Case(viewer, post, authors.get(post.author), judged)
    trace: list[Step] = []
    for name, rule in POST_RULES:
        answer = rule(case)
        trace.append(Step(name, {True: "allow", False: "deny", None: "go on"}[answer]))
        if answer is not None:
            return Verdict(answer, name, trace)
    return Verdict(False, "no_rule", trace)  # noqa: FBT003 - closed by default


def is_muted(viewer: Viewer, place: Place, shown: Sequence[Said], threads: Sequence[UUID | None]) -> bool:
    """Whether the viewer does not want to meet a post in a place; opened by itself it is there all the same.

    `shown` is what it says, and what it passes on as far as that is for the viewer; `threads` are the posts to which
    it belongs. Their own words are never muted; of their own threads they may want to hear no more.
    """
    if place == "feed" and not viewer.muted.isdisjoint(said.author for said in shown):
        return True
    is_own = shown[0].author == viewer.id
    if viewer.quiet.hides_thread(place, threads) and (not is_own or place == "notifications"):
        return True
    return not is_own and any(
        said.author != viewer.id and viewer.quiet.hides_text(place, said.text, said.hashtags) for said in shown
    )


def decide_comment(
    viewer: Viewer, comment: CommentFacts, post: Verdict, authors: Mapping[UUID, PersonFacts]
) -> Verdict:
    """Whether a comment is shown, under a post with this verdict.

    One that is gone or not for the viewer, but has answers that may be, is shown as the place where it was (reason
    `tombstone`): without author and text. Of those with whom the viewer is cut off there is not even that.
    """
    own = viewer.id is not None and viewer.id == comment.author
    if not post.allow:
        return _said(allow=False, reason="post")
    if not viewer.cut.isdisjoint((comment.author, *comment.above, *comment.mentions)):
        return _said(allow=False, reason="cut")
    gone = _gone(viewer, comment, authors, own=own)
    if gone is None:
        return _said(allow=True, reason=comment.state if comment.state == "held" else "own" if own else "post")
    return _said(allow=comment.kids > 0, reason="tombstone" if comment.kids > 0 else gone)


def _gone(viewer: Viewer, comment: CommentFacts, authors: Mapping[UUID, PersonFacts], *, own: bool) -> str | None:
    """Why a comment is not there for the viewer, whoever else they are cut off from."""
    if comment.state == "deleted":
        return "deleted"
    if not _is_around(authors.get(comment.author), viewer):
        return "author_away"
    if comment.state == "published" or (comment.state == "held" and (own or viewer.staff)):
        return None
    return comment.state


def _is_around(author: PersonFacts | None, viewer: Viewer) -> bool:
    if author is None or author.state == "erased":
        return False
    return author.state == "active" or viewer.staff


def decide_person(viewer: Viewer, person: PersonFacts) -> Verdict:
    """Whether a person is there at all; what of their profile is shown, `field_shown` says."""
    if person.state == "erased":
        return _said(allow=False, reason="erased")
    if viewer.id == person.id:
        return _said(allow=True, reason="own")
    if person.state != "active":
        return _said(allow=viewer.staff, reason="person_away")
    if person.id in viewer.cut:
        return _said(allow=False, reason="cut")
    return _said(allow=True, reason="person")


def field_shown(viewer: Viewer, person: PersonFacts, name: str) -> bool:
    """Whether a part of the profile (bio, links, location) of a person who is shown is shown too."""
    return _among(viewer, person, person.fields.get(name, "public"))


def may_by_setting(viewer: Viewer, person: PersonFacts, name: str) -> bool:
    """Whether a person lets the viewer do what a setting of theirs is about: follow, message, mention, connections."""
    return _among(viewer, person, str(person.settings.get(name, "everyone")))


def _among(viewer: Viewer, person: PersonFacts, circle: str) -> bool:
    if viewer.id == person.id:
        return True
    if person.id in viewer.cut:
        return False
    if circle in {"public", "everyone"}:
        return True
    if circle == "followers":
        return viewer.follows(person.id)
    return circle == "friends" and viewer.is_friend_of(person.id)


def _said(*, allow: bool, reason: str) -> Verdict:
    return Verdict(allow, reason, (Step(reason, "allow" if allow else "deny"),))
