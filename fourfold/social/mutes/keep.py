"""What somebody has muted is put where it is decided by: beside their ties, in the same transaction."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from fourfold.ground.collection import Collection
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.refusals import Conflict
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import user_channel
from fourfold.social.mutes.documents import MUTES
from fourfold.social.mutes.queries import MOST, Kind
from fourfold.social.mutes.rules import kept_as
from fourfold.social.ties.block import keep_muted

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents

Opened: TypeAlias = "Callable[[Collection], Documents]"


class TooManyMutes(Conflict):
    """409: whoever mutes more than these mutes everything."""

    code = "social.too_many_mutes"
    title = f"At most {MOST['word']} words and {MOST['thread']} threads"


async def make_room(work: DocumentWork, by: UUID, kind: Kind) -> None:
    """Raises `TooManyMutes` when somebody has muted as much as they may."""
    if await work.documents(MUTES).count({"by": by, "kind": kind}, MOST[kind]) >= MOST[kind]:
        raise TooManyMutes


async def tell_muted(work: DocumentWork) -> None:
    """Has what the caller mutes now decided by from here on, and tells their other devices."""
    me = work.who.account
    await decide_by(work.documents, me)
    await append(work, user_channel(me), "mutes.changed", {})


async def decide_by(documents: Opened, person: UUID) -> None:
    """Puts all that somebody mutes by now beside their ties."""
    rows = await documents(MUTES).find({"by": person}, limit=sum(MOST.values()))
    words = [row for row in rows if row["kind"] == "word"]
    threads = [UUID(row["what"]) for row in rows if row["kind"] == "thread"]
    await keep_muted(documents, person, kept_as(words, threads) if rows else None)
