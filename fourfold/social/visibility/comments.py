"""How comments are shown: below posts that may be seen, read in one go, decided by the rules, presented."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import Forbidden, NotFound
from fourfold.social.comments.queries import (
    CommentSort,
    answers_to,
    comments_by_id,
    first_answers,
    first_comments_on,
    place_of,
    unseen_answers,
)
from fourfold.social.mutes.rules import Place, hashtags_in
from fourfold.social.people.queries import people_by_id
from fourfold.social.visibility.beside import reactions_beside
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.posts import ROUNDS, discussed, verdicts_on
from fourfold.social.visibility.rules import (
    CommentFacts,
    PersonFacts,
    Said,
    Verdict,
    Viewer,
    decide_comment,
    is_muted,
)
from fourfold.social.visibility.shapes import ReactionCounts, Replies, ShownComment

Document = Mapping[str, Any]
# So many answers are shown below each comment of a page.
REPLIES = 3
PLACE = "tombstone"


class NoSuchComment(NotFound):
    """404: there is no such comment, or it is not the caller's to see."""

    code = "social.no_such_comment"
    title = "There is no such comment"


class NotYourComment(Forbidden):
    """403: only its author may do this with a comment."""

    code = "social.not_your_comment"
    title = "This is somebody else's comment"


@dataclass(slots=True)
class _Judged:
    """Comments, their authors, the verdicts on their posts, whoever looks, and how many answers they do not see."""

    rows: Mapping[UUID, Document]
    people: Mapping[UUID, PersonFacts]
    posts: Mapping[UUID, Verdict]
    viewer: Viewer
    unseen: Counter[UUID]

    def facts_of(self, comment_id: UUID) -> CommentFacts:
        """What is decided by of one of them."""
        row = self.rows[comment_id]
        return CommentFacts(
            id=comment_id,
            author=row["author"],
            state=row["state"],
            above=tuple(row["above"]),
            mentions=tuple(row["mentions"]),
            kids=max(0, row["kids"] - self.unseen[comment_id]),
        )

    def verdict_on(self, comment_id: UUID) -> Verdict:
        """The rules' verdict; one on a comment that is not there is a refusal like others."""
        row = self.rows.get(comment_id)
        if row is None:
            return Verdict(allow=False, reason="missing")
        return decide_comment(self.viewer, self.facts_of(comment_id), self.posts[row["post"]], self.people)

    def is_muted(self, comment_id: UUID, place: Place | None) -> bool:
        """Whether the viewer does not want to meet one of them in a place."""
        if place is None:
            return False
        row = self.rows[comment_id]
        said = Said(row["author"], row["text"], hashtags_in(row["text"]))
        return is_muted(self.viewer, place, [said], [row["post"]])


@dataclass(frozen=True, slots=True)
class _Thread:
    """What answers to a post, or to a comment below it, in an order; and whoever looks at it."""

    post: UUID
    parent: UUID | None
    sort: CommentSort
    viewer: Viewer
    verdict: Verdict

    @property
    def purpose(self) -> str:
        """What its cursors are for."""
        return _purpose(self.parent or self.post, self.sort)


async def show_comments(view: DocumentView, ids: Sequence[UUID]) -> list[ShownComment]:
    """These comments in their order, without those that are not for the caller; as many reads for one as for many."""
    if not ids:
        return []
    return await _shown(view, await _judged_by_id(view, ids), ids)


async def show_comment(view: DocumentView, comment_id: UUID) -> ShownComment:
    """One comment; raises `NoSuchComment`, whether there is none or none for the caller."""
    shown = await show_comments(view, [comment_id])
    if not shown:
        raise NoSuchComment
    return shown[0]


async def comment_for(view: DocumentView, comment_id: UUID) -> dict[str, Any]:
    """A comment that the caller may see, as it is kept, for acts about it; raises `NoSuchComment`.

    The place of a deleted one is none.
    """
    judged = await _judged_by_id(view, [comment_id])
    verdict = judged.verdict_on(comment_id)
    if not verdict.allow or verdict.reason == PLACE:
        raise NoSuchComment
    return dict(judged.rows[comment_id])


async def visible_comments(
    view: DocumentView, ids: Sequence[UUID], viewer_id: UUID | None = None, place: Place | None = None
) -> dict[UUID, CommentFacts]:
    """Those of the comments that somebody may see, the caller or another one; places of deleted ones are none.

    In a place those are left out that they have muted there.
    """
    if not ids:
        return {}
    judged = await _judged_by_id(view, ids, viewer_id)
    verdicts = {comment_id: judged.verdict_on(comment_id) for comment_id in ids}
    return {
        comment_id: judged.facts_of(comment_id)
        for comment_id, verdict in verdicts.items()
        if verdict.allow and verdict.reason != PLACE and not judged.is_muted(comment_id, place)
    }


async def comments_below(
    view: DocumentView, post_id: UUID, sort: CommentSort, cursor: str | None, limit: int
) -> Page[ShownComment]:
    """What answers to a post (of a repost: to its original), each with its first answers; raises `NoSuchPost`."""
    below = await discussed(view, post_id)
    return await _page(view, _Thread(below.post.id, None, sort, below.viewer, below.verdict), cursor, limit)


async def answers_below(
    view: DocumentView, comment_id: UUID, sort: CommentSort, cursor: str | None, limit: int
) -> Page[ShownComment]:
    """What answers to a comment, or to the place of one, each with its first answers; raises `NoSuchComment`."""
    judged = await _judged_by_id(view, [comment_id])
    if not judged.verdict_on(comment_id).allow:
        raise NoSuchComment
    post_id = judged.rows[comment_id]["post"]
    return await _page(view, _Thread(post_id, comment_id, sort, judged.viewer, judged.posts[post_id]), cursor, limit)


async def first_comments(view: DocumentView, posts: Sequence[UUID], number: int) -> dict[UUID, Page[ShownComment]]:
    """The top comments of each of these posts that the caller may see, as many reads for one post as for a hundred.

    The next ones are those of `comments_below`.
    """
    if not posts:
        return {}
    viewer, verdicts = await verdicts_on(view, posts)
    allowed = [post_id for post_id, verdict in verdicts.items() if verdict.allow]
    rows = await first_comments_on(view, allowed, number + 1, viewer.cut) if allowed else []
    judged = await _judge(view, rows, viewer, verdicts)
    found = {each: [row for row in rows if row["post"] == each] for each in allowed}
    return await _first_pages(view, judged, found, number, "top")


async def first_replies(
    view: DocumentView, answered: Mapping[UUID, UUID], number: int
) -> dict[UUID, Page[ShownComment]]:
    """The first answers to each of these comments, each told with its post, at a cost as that of `first_comments`.

    The oldest come first; the next ones are those of `answers_below`.
    """
    if not answered:
        return {}
    posts = sorted(set(answered.values()))
    viewer, verdicts = await verdicts_on(view, posts)
    rows = await first_answers(view, posts, answered, number + 1, viewer.cut)
    judged = await _judge(view, rows, viewer, verdicts)
    found = {each: [row for row in rows if row["parent"] == each] for each in answered}
    return await _first_pages(view, judged, found, number, "old")


def fresh_comment(comment: Document, author: PersonFacts) -> ShownComment:
    """A comment of the caller's that they have just written, and to which nobody can have answered."""
    return _shape(comment, 0, author, ReactionCounts(), None)


async def _page(view: DocumentView, thread: _Thread, cursor: str | None, limit: int) -> Page[ShownComment]:
    position = position_of(view, thread.purpose, cursor)
    found: list[tuple[list[Any], ShownComment]] = []
    for _ in range(ROUNDS):
        wanted = limit + 1 - len(found)
        rows = await answers_to(view, thread.post, thread.parent, thread.sort, position, wanted, cut=thread.viewer.cut)
        shown = {each.id: each for each in await _shown_in(view, thread, rows)}
        found += [(place_of(row, thread.sort), shown[row["_id"]]) for row in rows if row["_id"] in shown]
        if len(found) > limit:
            return await _leaf(view, thread, found[:limit], found[limit - 1][0])
        if len(rows) < wanted:
            return await _leaf(view, thread, found, None)
        position = place_of(rows[-1], thread.sort)
    return await _leaf(view, thread, found, position)


async def _leaf(
    view: DocumentView, thread: _Thread, found: Sequence[tuple[list[Any], ShownComment]], behind: list[Any] | None
) -> Page[ShownComment]:
    items = [each for _, each in found]
    await _add_replies(view, thread, items)
    return Page(items=items, next=cursor_for(view, thread.purpose, behind) if behind else None)


async def _add_replies(view: DocumentView, thread: _Thread, items: Sequence[ShownComment]) -> None:
    """Shows the first answers to each of these, the oldest first; the cursor goes on where they are listed so."""
    answered = [each.id for each in items if each.kids]
    rows = await first_answers(view, [thread.post], answered, REPLIES + 1, thread.viewer.cut) if answered else []
    looked_at: defaultdict[UUID, list[Document]] = defaultdict(list)
    for row in rows:
        looked_at[row["parent"]].append(row)
    shown = {each.id: each for each in await _shown_in(view, thread, rows)}
    for each in items:
        examined = looked_at[each.id]
        first = [shown[row["_id"]] for row in examined if row["_id"] in shown]
        more = None
        if len(examined) > REPLIES:
            behind = first[REPLIES - 1].id if len(first) > REPLIES else examined[-1]["_id"]
            more = cursor_for(view, _purpose(each.id, "old"), [str(behind)])
        each.replies = Replies(items=first[:REPLIES], next=more)


async def _first_pages(
    view: DocumentView,
    judged: _Judged,
    found: Mapping[UUID, Sequence[Document]],
    number: int,
    sort: CommentSort,
) -> dict[UUID, Page[ShownComment]]:
    """The first of what was found below each, of which one more than their `number` was looked for."""
    ids = [row["_id"] for rows in found.values() for row in rows]
    shown = {each.id: each for each in await _shown(view, judged, ids)}
    pages = {}
    for answered, rows in found.items():
        seen = [row for row in rows if row["_id"] in shown]
        more = None
        if len(rows) > number:
            behind = seen[number - 1] if len(seen) > number else rows[-1]
            more = cursor_for(view, _purpose(answered, sort), place_of(behind, sort))
        pages[answered] = Page(items=[shown[row["_id"]] for row in seen[:number]], next=more)
    return pages


def _purpose(answered: UUID, sort: CommentSort) -> str:
    return f"social.comments:{answered}:{sort}"


async def _shown_in(view: DocumentView, thread: _Thread, rows: Sequence[Document]) -> list[ShownComment]:
    judged = await _judge(view, rows, thread.viewer, {thread.post: thread.verdict})
    return await _shown(view, judged, [row["_id"] for row in rows])


async def _judged_by_id(view: DocumentView, ids: Collection[UUID], viewer_id: UUID | None = None) -> _Judged:
    rows = await comments_by_id(view, ids)
    # One that is missing is looked for among posts and people as well: it takes as long as one that may not be seen.
    missing = set(ids) - {row["_id"] for row in rows}
    viewer, verdicts = await verdicts_on(view, sorted({row["post"] for row in rows} | missing), viewer_id)
    return await _judge(view, rows, viewer, verdicts, missing)


async def _judge(
    view: DocumentView,
    rows: Sequence[Document],
    viewer: Viewer,
    posts: Mapping[UUID, Verdict],
    missing: Iterable[UUID] = (),
) -> _Judged:
    people = await people_by_id(view, {row["author"] for row in rows} | set(missing))
    unseen = await unseen_answers(view, rows, viewer.cut) if viewer.cut else Counter[UUID]()
    return _Judged({row["_id"]: row for row in rows}, people, posts, viewer, unseen)


async def _shown(view: DocumentView, judged: _Judged, ids: Iterable[UUID]) -> list[ShownComment]:
    verdicts = {comment_id: judged.verdict_on(comment_id) for comment_id in dict.fromkeys(ids)}
    seen = {comment_id: verdict for comment_id, verdict in verdicts.items() if verdict.allow}
    whole = [comment_id for comment_id, verdict in seen.items() if verdict.reason != PLACE]
    own, hidden = await reactions_beside(view, judged.viewer, whole)
    shown = []
    for comment_id in seen:
        row, kids = judged.rows[comment_id], judged.facts_of(comment_id).kids
        if comment_id in hidden:
            counts = {name: max(0, number - hidden[comment_id][name]) for name, number in row["counts"].items()}
            author = judged.people[row["author"]]
            shown.append(_shape(row, kids, author, ReactionCounts(**counts), own.get(comment_id)))
        else:
            shown.append(_place(row, kids))
    return shown


def _shape(row: Document, kids: int, author: PersonFacts, counts: ReactionCounts, own: str | None) -> ShownComment:
    return ShownComment(
        id=row["_id"],
        post_id=row["post"],
        parent_id=row["parent"],
        author=as_shown(author),
        text=row["text"],
        html=row["html"],
        state=row["state"],
        depth=row["depth"],
        kids=kids,
        counts=counts,
        own_reaction=own,  # type: ignore[arg-type]  # the collection holds no other kinds
        replies=None,
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        version=row["version"],
    )


def _place(row: Document, kids: int) -> ShownComment:
    """Where a comment was, or is for others: nothing is told of it but that something answers to it."""
    return ShownComment(
        id=row["_id"],
        post_id=row["post"],
        parent_id=row["parent"],
        author=None,
        text="",
        html="",
        state="deleted",
        depth=row["depth"],
        kids=kids,
        counts=ReactionCounts(),
        own_reaction=None,
        replies=None,
        created_at=row["created_at"],
        edited_at=None,
        version=row["version"],
    )
