"""Who among many sees one post: for those who listen to it, as many reads for one as for a thousand."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.who import Who
from fourfold.social.mutes.rules import muted_in
from fourfold.social.people.queries import people_by_id
from fourfold.social.posts.queries import facts_of, posts_by_id
from fourfold.social.ties.readers import muted_by, ties_to
from fourfold.social.visibility.posts import Judged
from fourfold.social.visibility.rules import Viewer
from fourfold.social.visibility.viewer import MODERATE


async def seers_of(view: DocumentView, post_id: UUID, people: Sequence[Who]) -> frozenset[UUID]:
    """The accounts of those among these callers who may see a post now."""
    return frozenset(each.viewer.id for each in await _judged_by(view, post_id, people) if each.viewer.id is not None)


async def feed_seers_of(view: DocumentView, post_id: UUID, people: Sequence[Who]) -> frozenset[UUID]:
    """Those among them who may meet it in their feeds: they see it, and have not muted it."""
    seeing = await _judged_by(view, post_id, people)
    muted = await muted_by(view, {each.viewer.id for each in seeing if each.viewer.id is not None})
    found = set()
    for each in seeing:
        me = each.viewer.id
        if me in muted:
            others, kept = muted[me]
            each.viewer = replace(each.viewer, muted=frozenset(others), quiet=muted_in(kept, view.now))
        if me is not None and each.is_for(post_id, "feed"):
            found.add(me)
    return frozenset(found)


async def _judged_by(view: DocumentView, post_id: UUID, people: Sequence[Who]) -> list[Judged]:
    """The post as each of those sees it who may see it now."""
    if not people:
        return []
    rows = {row["_id"]: row for row in await posts_by_id(view, [post_id])}
    chained = {each for row in rows.values() for each in row.get("chain") or ()} - set(rows)
    if chained:
        rows |= {row["_id"]: row for row in await posts_by_id(view, chained)}
    facts = {each: facts_of(row) for each, row in rows.items()}
    # A post that is missing is looked for among the people as well: it takes as long as one that may not be seen.
    involved = {person for each in facts.values() for person in (each.author, *each.mentions, *each.above)} or {post_id}
    known = await people_by_id(view, involved)
    ties = await ties_to(view, involved, {who.account for who in people})
    seeing = []
    for who in people:
        own = ties.get(who.account, {})
        cut = frozenset(person for person, tie in own.items() if tie.cut)
        viewer = Viewer(id=who.account, staff=who.may(MODERATE), cut=cut, ties=own)
        judged = Judged(rows, known, viewer, facts)
        if judged.verdict_on(post_id).allow:
            seeing.append(judged)
    return seeing
