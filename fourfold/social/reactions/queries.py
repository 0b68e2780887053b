"""Reads of reactions."""

from collections.abc import Iterable
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import one_of
from fourfold.social.reactions.documents import REACTIONS

MOST_AT_ONCE = 10_000


async def reactions_by(
    view: DocumentView, targets: Iterable[UUID], people: Iterable[UUID]
) -> list[tuple[UUID, UUID, str]]:
    """The reactions of these people on these targets: target, person and kind."""
    filter_ = {"target": one_of(sorted(set(targets))), "by": one_of(sorted(set(people)))}
    rows = await view.documents(REACTIONS).find(filter_, fields=["target", "by", "kind"], limit=MOST_AT_ONCE)
    return [(row["target"], row["by"], row["kind"]) for row in rows]
