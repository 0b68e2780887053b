"""How posts are shown: read in one go, decided by the rules, filled in, presented; there is no other way out."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import Forbidden, NotFound
from fourfold.ground.touched import MadeOf
from fourfold.social.bookmarks.queries import bookmarked_among, things_of_bookmarks
from fourfold.social.comments.queries import comments_through, things_of_comments
from fourfold.social.media.queries import media_by_id, things_of_media
from fourfold.social.mutes.rules import NOTHING_MUTED, Place
from fourfold.social.people.queries import people_by_id, things_of_people
from fourfold.social.polls.queries import own_votes, things_of_votes
from fourfold.social.posts.queries import facts_of, post_with_id, posts_by_id, shares_by, things_of_posts
from fourfold.social.previews.queries import previews_shown, things_of_previews
from fourfold.social.visibility.beside import reactions_beside
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.rules import (
    PersonFacts,
    PostFacts,
    Said,
    Verdict,
    Viewer,
    decide_person,
    decide_post,
    is_muted,
)
from fourfold.social.visibility.shapes import (
    Audience,
    Counts,
    ShownMedium,
    ShownPoll,
    ShownPost,
    ShownPreview,
    Unavailable,
)
from fourfold.social.visibility.viewer import READ, viewer_for, viewer_of

Document = dict[str, Any]
Candidates = Callable[[list[Any] | None, int], Awaitable[Sequence[tuple[list[Any], UUID]]]]
# A page of what is mostly not for the viewer is looked for this often, and then goes on with the next cursor.
ROUNDS = 10
# A repost of a quote shows both; what that one quotes is opened by itself.
DEEPEST = 2


class NoSuchPost(NotFound):
    """404: there is no such post, or it is not the caller's to see."""

    code = "social.no_such_post"
    title = "There is no such post"


class NotYourPost(Forbidden):
    """403: only its author may do this with a post."""

    code = "social.not_your_post"
    title = "This is somebody else's post"


@dataclass(slots=True)
class Judged:
    """Posts with all that they refer to, the people involved, and whoever looks at them."""

    rows: dict[UUID, Document]
    people: dict[UUID, PersonFacts]
    viewer: Viewer
    facts: dict[UUID, PostFacts]
    involved: frozenset[UUID] = frozenset()

    def verdict_on(self, post_id: UUID) -> Verdict:
        """The rules' verdict; one on a post that is not there is a refusal like others."""
        facts = self.facts.get(post_id)
        if facts is None:
            return Verdict(allow=False, reason="missing")
        return decide_post(self.viewer, facts, self.people, self.facts.get(facts.of) if facts.of else None)

    def is_for(self, post_id: UUID, place: Place | None) -> bool:
        """Whether a post is shown, and does not have to stay away from a place where the viewer would meet it."""
        if not self.verdict_on(post_id).allow:
            return False
        if place is None or not (self.viewer.muted or self.viewer.quiet is not NOTHING_MUTED):
            return True
        facts = self.facts[post_id]
        return not is_muted(self.viewer, place, self._said_in(facts), [facts.id, facts.of])

    def _said_in(self, facts: PostFacts) -> list[Said]:
        said = [self._said(facts.id)]
        # What is not shown decides nothing: else it could be guessed at by what is muted.
        while facts.of is not None and len(said) <= DEEPEST and self.verdict_on(facts.of).allow:
            facts = self.facts[facts.of]
            said.append(self._said(facts.id))
        return said

    def _said(self, post_id: UUID) -> Said:
        row = self.rows[post_id]
        return Said(row["author"], row["text"], row["hashtags"])


@dataclass(slots=True)
class _Beside:
    """What is shown beside posts: the viewer's own, and what of the counts is not for them."""

    now: datetime
    media: dict[UUID, Document]
    previews: dict[str, Document]
    own: dict[UUID, str] = field(default_factory=dict)
    bookmarked: frozenset[UUID] = frozenset()
    hidden: dict[UUID, Counter[str]] = field(default_factory=dict)
    votes: dict[UUID, list[UUID]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discussed:
    """A post below which people talk, whoever looks at it, and the verdict on it."""

    post: PostFacts
    viewer: Viewer
    verdict: Verdict


async def show_posts(
    view: DocumentView, ids: Sequence[UUID], place: Place | None = None, made_of: MadeOf | None = None
) -> list[ShownPost]:
    """These posts in their order, without those that are not for the caller, or that they do not want in a place.

    Ten reads at most, however many they are, and one more each when there are media, polls and links among them.
    `made_of` is told what this is made of, but for the caller's ties.
    """
    if not ids:
        return []
    judged = await _judge(view, ids)
    seen = [post_id for post_id in dict.fromkeys(ids) if judged.is_for(post_id, place)]
    beside = await _beside(view, judged, seen)
    if made_of is not None:
        _tell_what(made_of, view.now, judged, ids)
    return [_present(judged, beside, post_id) for post_id in seen]


async def show_post(view: DocumentView, post_id: UUID) -> ShownPost:
    """One post; raises `NoSuchPost`, whether there is none or none for the caller."""
    shown = await show_posts(view, [post_id])
    if not shown:
        raise NoSuchPost
    return shown[0]


async def show_fresh(view: DocumentView, row: Document, author: PersonFacts) -> ShownPost:
    """A post that the caller, its author, has just written: while it refers to nothing, nothing has to be read."""
    post_id = row["_id"]
    if row["mentions"] or row["of"] or row["media"] or row["link"] or not view.who.may(READ):
        return await show_post(view, post_id)
    # As it will be read: in milliseconds of UTC.
    kept = {name: _as_kept(value) if isinstance(value, datetime) else value for name, value in row.items()}
    involved = {author.id: author}
    judged = Judged({post_id: kept}, involved, Viewer(author.id), {post_id: facts_of(row)}, frozenset(involved))
    if not judged.verdict_on(post_id).allow:
        raise NoSuchPost
    return _present(judged, _Beside(view.now, {}, {}), post_id)


async def post_for(view: DocumentView, post_id: UUID) -> PostFacts:
    """A post that the caller may see, for acts and reads about it; raises `NoSuchPost` as `show_post` does."""
    judged = await _judge(view, [post_id])
    if not judged.verdict_on(post_id).allow:
        raise NoSuchPost
    return judged.facts[post_id]


async def discussed(view: DocumentView, post_id: UUID) -> Discussed:
    """What is meant when somebody reacts to a post or answers it: what a repost passes on, else the post itself.

    Raises `NoSuchPost` as `show_post` does.
    """
    judged = await _judge(view, [post_id])
    if not judged.verdict_on(post_id).allow:
        raise NoSuchPost
    facts = judged.facts[post_id]
    if facts.kind == "repost" and facts.of is not None:
        facts = judged.facts[facts.of]
    return Discussed(facts, judged.viewer, judged.verdict_on(facts.id))


async def verdicts_on(
    view: DocumentView, ids: Sequence[UUID], viewer_id: UUID | None = None
) -> tuple[Viewer, dict[UUID, Verdict]]:
    """Whoever looks (the caller, or another one), and the verdict on each of these posts: for what stands below."""
    judged = await _judge(view, ids, viewer_id)
    return judged.viewer, {post_id: judged.verdict_on(post_id) for post_id in ids}


async def audiences_seen(view: DocumentView, post_id: UUID) -> frozenset[str]:
    """The audiences for which the caller would see a post that they see now: its former versions had others perhaps.

    Raises `NoSuchPost` as `post_for` does.
    """
    judged = await _judge(view, [post_id])
    if not judged.verdict_on(post_id).allow:
        raise NoSuchPost
    facts = judged.facts[post_id]
    original = judged.facts.get(facts.of) if facts.of else None
    return frozenset(
        audience
        for audience in get_args(Audience)
        if decide_post(judged.viewer, replace(facts, audience=audience), judged.people, original).allow
    )


async def own_post(view: DocumentView, post_id: UUID) -> dict[str, Any]:
    """The caller's post as it is kept; raises `NotYourPost` for another one that they see, else `NoSuchPost`."""
    post = await post_with_id(view, post_id)
    if post is not None and post["author"] == view.who.account and post["state"] != "deleted":
        return post
    await post_for(view, post_id)
    raise NotYourPost


async def visible_posts(
    view: DocumentView, ids: Sequence[UUID], viewer_id: UUID | None = None, place: Place | None = None
) -> dict[UUID, PostFacts]:
    """Those of the posts that somebody may see, the caller or another one, without what is shown beside them.

    In a place those are left out that they have muted there.
    """
    if not ids:
        return {}
    judged = await _judge(view, ids, viewer_id)
    return {post_id: judged.facts[post_id] for post_id in ids if judged.is_for(post_id, place)}


async def explain_post(view: DocumentView, post_id: UUID, viewer_id: UUID | None) -> Verdict:
    """Why a person sees a post, or does not; None is the caller."""
    return (await _judge(view, [post_id], viewer_id)).verdict_on(post_id)


async def page_of_posts(
    view: DocumentView, purpose: str, candidates: Candidates, cursor: str | None, limit: int,
    place: Place | None = None,
) -> Page[ShownPost]:  # fmt: skip
    """A full page of what the caller may see, out of candidates in their order.

    `candidates(position, n)` gives the next n behind a position, each as its own position (JSON values) and a post's
    id. The cursor points behind the last one that was shown, so it tells nothing of what was left out.
    """
    position = position_of(view, purpose, cursor)
    found: list[tuple[list[Any], ShownPost]] = []
    for _ in range(ROUNDS):
        wanted = limit + 1 - len(found)
        batch = await candidates(position, wanted)
        shown = {post.id: post for post in await show_posts(view, [post_id for _, post_id in batch], place)}
        found += [(place, shown[post_id]) for place, post_id in batch if post_id in shown]
        if len(found) > limit:
            return Page(items=[post for _, post in found[:limit]], next=cursor_for(view, purpose, found[limit - 1][0]))
        if len(batch) < wanted:
            return Page(items=[post for _, post in found], next=None)
        position = batch[-1][0]
    return Page(items=[post for _, post in found], next=cursor_for(view, purpose, position or []))


async def _judge(view: DocumentView, ids: Sequence[UUID], viewer_id: UUID | None = None) -> Judged:
    rows = {row["_id"]: row for row in await posts_by_id(view, ids)}
    chained = {post_id for row in rows.values() for post_id in row.get("chain", ())} - set(rows)
    if chained:
        rows |= {row["_id"]: row for row in await posts_by_id(view, chained)}
    facts = {post_id: facts_of(row) for post_id, row in rows.items()}
    # A post that is missing is looked for among the people as well: it takes as long as one that may not be seen.
    involved = {post_id for post_id in ids if post_id not in rows}
    for each in facts.values():
        involved |= {each.author, *each.mentions, *each.above}
    people = await people_by_id(view, involved)
    viewer = await (viewer_of(view, involved) if viewer_id is None else viewer_for(view, viewer_id, involved))
    return Judged(rows, people, viewer, facts, frozenset(involved))


def _tell_what(made_of: MadeOf, now: datetime, judged: Judged, ids: Sequence[UUID]) -> None:
    rows, viewer = judged.rows.values(), judged.viewer
    posts = {*ids, *judged.rows, *(of for row in rows for of in row.get("chain", ()))}
    polls = [row["poll"] for row in rows if row.get("poll")]
    made_of.things |= things_of_posts(posts) | things_of_people(judged.involved)
    made_of.things |= things_of_media(each for row in rows for each in row["media"])
    made_of.things |= things_of_previews(row["link"] for row in rows if row.get("link"))
    if viewer.id is not None:
        made_of.things |= things_of_bookmarks([viewer.id])
        made_of.things |= things_of_votes([viewer.id]) if polls else set()
        # Of these some may be counted out of what the viewer is shown, whoever is named in them.
        made_of.things |= things_of_comments(posts) if viewer.cut else set()
    made_of.ends(now, [*(poll["ends_at"] for poll in polls), *(each.until for each in viewer.quiet.words)])


async def _beside(view: DocumentView, judged: Judged, seen: Sequence[UUID]) -> _Beside:
    viewer = judged.viewer
    targets = {*seen, *(of for post_id in seen for of in judged.rows[post_id].get("chain", ()))}
    rows = [judged.rows[post_id] for post_id in targets if post_id in judged.rows]
    media = await media_by_id(view, {each for row in rows for each in row["media"]})
    previews = await previews_shown(view, {row["link"] for row in rows if row.get("link")})
    beside = _Beside(view.now, media, previews)
    if viewer.id is None or not seen:
        return beside
    if asking := [row["_id"] for row in rows if row.get("poll")]:
        beside.votes = await own_votes(view, asking, viewer.id)
    beside.own, beside.hidden = await reactions_beside(view, viewer, targets)
    if viewer.cut:
        for name, counted in (
            ("comments", await comments_through(view, targets, viewer.cut)),
            ("shares", await shares_by(view, targets, viewer.cut)),
        ):
            for target, number in counted.items():
                beside.hidden[target][name] = number
    beside.bookmarked = await bookmarked_among(view, viewer.id, targets)
    return beside


def _present(judged: Judged, beside: _Beside, post_id: UUID, depth: int = 0) -> ShownPost:
    row, facts = judged.rows[post_id], judged.facts[post_id]
    people = judged.people
    hidden = beside.hidden.get(post_id, Counter())
    return ShownPost(
        id=post_id,
        author=as_shown(people[facts.author]),
        text=row["text"],
        html=row["html"],
        audience=row["audience"],
        state=row["state"],
        kind=row["kind"],
        original=_original(judged, beside, facts, depth),
        mentions=[
            as_shown(people[each])
            for each in facts.mentions
            if each in people and decide_person(judged.viewer, people[each]).allow
        ],
        hashtags=row["hashtags"],
        media=[ShownMedium.of(beside.media[each]) for each in row["media"] if each in beside.media],
        poll=ShownPoll.of(row["poll"], beside.votes.get(post_id, ()), beside.now) if row.get("poll") else None,
        preview=_preview(beside, row),
        publish_at=row.get("publish_at") if row["state"] == "scheduled" else None,
        time_zone=row.get("time_zone") if row["state"] == "scheduled" else None,
        created_at=row["created_at"],
        published_at=row["published_at"],
        edited_at=row["edited_at"],
        version=row["version"],
        counts=Counts(**{name: max(0, number - hidden[name]) for name, number in row["counts"].items()}),
        own_reaction=beside.own.get(post_id),  # type: ignore[arg-type]  # the collection holds no other kinds
        bookmarked=post_id in beside.bookmarked,
        why=None,
    )


def _preview(beside: _Beside, row: Document) -> ShownPreview | None:
    found = beside.previews.get(row.get("link") or "")
    return ShownPreview.of(found, row["_id"]) if found is not None else None


def _as_kept(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def _original(judged: Judged, beside: _Beside, facts: PostFacts, depth: int) -> ShownPost | Unavailable | None:
    if facts.of is None or depth >= DEEPEST:
        return None
    if not judged.verdict_on(facts.of).allow:
        return Unavailable()
    return _present(judged, beside, facts.of, depth + 1)
