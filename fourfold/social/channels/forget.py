"""Channels of what is no more go, and what people were told who leave; they are told of it before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from fourfold.ground.collection import Collection
from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import gte, one_of
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.channels.documents import CHANNEL_LOG, CHANNELS
from fourfold.social.channels.queries import rows_of_person
from fourfold.social.channels.rules import post_channel, user_channel

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents

Opened: TypeAlias = Callable[[Collection], "Documents"]
# What is left of what somebody said, once it is taken back.
UNSAID: Mapping[str, Any] = {"text": "", "html": "", "files": [], "state": "deleted"}


async def forget_post_channel(work: Work, post_id: UUID) -> None:
    """Erases what was told about a post."""
    await _forget(work, post_channel(post_id))


async def unsay(
    documents: Opened, wanted: Mapping[Any, Any], kinds: Sequence[str], *, since: datetime | None = None, **also: Any
) -> int:
    """Takes the words out of what events of these kinds told on all channels, and counts those; they stay, empty.

    `since` is when it was said first; `also` are other fields of what they told, as they are to be from then on.
    """
    told = {**wanted, "kind": one_of(kinds), **({"at": gte(since)} if since else {})}
    empty = {f"data.{name}": value for name, value in {**UNSAID, **also}.items()}
    return (await documents(CHANNEL_LOG).update_many(told, {"$set": empty})).modified


async def _forget(work: Work, channel: str) -> int:
    gone = await work.documents(CHANNEL_LOG).delete_many({"channel": channel})
    return gone + await work.documents(CHANNELS).delete_many({"channel": channel})


async def _tell(view: View, person: Person) -> Told:
    rows = await rows_of_person(DocumentView(view.house, view.who), person.account_id)
    return Told([{"type": row["kind"], "data": row["data"], "at": row["at"]} for row in rows])


async def _erase(work: Work, person: Person) -> int:
    return await _forget(work, user_channel(person.account_id))


CHANNELLED = PersonalData(
    "social.channels",
    "What somebody was told while it happened",
    "Telling devices that were away for a moment what they have missed.",
    "What others were told of them, by their id, for a week.",
    {
        "social.channel_log.channel": "Who was told.",
        "social.channel_log.data": "What they were told.",
        "social.channel_log.involved": "Of whose doing.",
    },
    _tell,
    _erase,
)
