"""What stands beside posts and comments: the viewer's own reactions, and those that are not there for them."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.reactions.queries import reactions_by
from fourfold.social.visibility.rules import Viewer


async def reactions_beside(
    view: DocumentView, viewer: Viewer, targets: Collection[UUID]
) -> tuple[dict[UUID, str], dict[UUID, Counter[str]]]:
    """The viewer's own reactions to these, and how many of each kind are by people from whom they are cut off."""
    own: dict[UUID, str] = {}
    hidden: dict[UUID, Counter[str]] = {target: Counter() for target in targets}
    if viewer.id is None or not hidden:
        return own, hidden
    for target, by, kind in await reactions_by(view, hidden, {viewer.id, *viewer.cut}):
        if by == viewer.id:
            own[target] = kind
        else:
            hidden[target][kind] += 1
    return own, hidden
