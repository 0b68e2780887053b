"""Blocking somebody, so that neither is there for the other; and not hearing from somebody."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fourfold.contracts.social import FriendshipEnded, PersonBlocked, PersonUnblocked, PersonUnfollowed
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Collection, Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.social.ties import rules
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.pair import bind, somebody
from fourfold.social.ties.shapes import TieShape

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents


async def block(work: DocumentWork, handle_or_id: str) -> None:
    """Blocks somebody: all else between the two ends at once, on both sides. Again it does nothing more."""
    person, bond = await somebody(work, handle_or_id, even_blocked=True)
    me = work.who.account
    if not await bind(work, person.id, bond, rules.blocked(bond)):
        return
    if bond.follow == "yes":
        work.emit(PersonUnfollowed(by=me, person=person.id))
    if bond.followed == "yes":
        work.emit(PersonUnfollowed(by=person.id, person=me))
    if bond.friend != "no":
        work.emit(FriendshipEnded(by=me, person=person.id))
    work.emit(PersonBlocked(by=me, person=person.id))


async def unblock(work: DocumentWork, handle_or_id: str) -> None:
    """Blocks somebody no longer; what was between the two does not come back. Without a block nothing happens."""
    person, bond = await somebody(work, handle_or_id, even_blocked=True)
    if await bind(work, person.id, bond, rules.unblocked(bond)):
        work.emit(PersonUnblocked(by=work.who.account, person=person.id))


async def mute(work: DocumentWork, handle_or_id: str, *, muted: bool) -> TieShape:
    """Keeps somebody out of the caller's feed and notifications, or no longer; nobody is told."""
    person, bond = await somebody(work, handle_or_id)
    after = replace(bond, mute=muted)
    await bind(work, person.id, bond, after)
    return TieShape.of(person, after)


async def keep_muted(
    documents: "Callable[[Collection], Documents]", person: UUID, muted: Mapping[str, Any] | None
) -> None:
    """Keeps what else somebody has muted beside their ties, where whoever decides for them reads it; None is nothing.

    Whoever changes it meets whoever else does.
    """
    ties, own = documents(TIES), {"u": person, "v": person}
    if muted is None:
        await ties.delete_one(own)
        return
    try:
        await ties.update_one(own, {"$set": {"mute": True, "muted": dict(muted)}}, upsert=True)
    except Duplicate as problem:
        raise TryAgain("the first is being muted") from problem
