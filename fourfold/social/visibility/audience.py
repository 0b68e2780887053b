"""Who among many sees one post: for those who listen to it, as many reads for one as for a thousand."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.who import Who
from fourfold.social.people.queries import people_by_id
from fourfold.social.posts.queries import facts_of, posts_by_id
from fourfold.social.ties.readers import ties_to
from fourfold.social.visibility.rules import Viewer, decide_post
from fourfold.social.visibility.viewer import MODERATE


async def seers_of(view: DocumentView, post_id: UUID, people: Sequence[Who]) -> frozenset[UUID]:
    """The accounts of those among these callers who may see a post now."""
    if not people:
        return frozenset()
    facts = {row["_id"]: facts_of(row) for row in await posts_by_id(view, [post_id])}
    chained = {each for post in facts.values() for each in post.chain} - set(facts)
    if chained:
        facts |= {row["_id"]: facts_of(row) for row in await posts_by_id(view, chained)}
    # A post that is missing is looked for among the people as well: it takes as long as one that may not be seen.
    involved = {person for each in facts.values() for person in (each.author, *each.mentions, *each.above)} or {post_id}
    known = await people_by_id(view, involved)
    ties = await ties_to(view, involved, {who.account for who in people})
    post = facts.get(post_id)
    if post is None:
        return frozenset()
    original = facts.get(post.of) if post.of else None
    seers = []
    for who in people:
        own = ties.get(who.account, {})
        cut = frozenset(person for person, tie in own.items() if tie.cut)
        viewer = Viewer(id=who.account, staff=who.may(MODERATE), cut=cut, ties=own)
        if decide_post(viewer, post, known, original).allow:
            seers.append(who.account)
    return frozenset(seers)
