"""Reads of channels' logs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import gt, one_of
from fourfold.social.channels.documents import CHANNEL_LOG, CHANNELS
from fourfold.social.channels.rules import user_channel

AT_ONCE = 500

Row = dict[str, Any]


async def heads_of(view: DocumentView, channels: Sequence[str]) -> dict[str, int]:
    """The number of the last row of each of these channels; those on which nothing was told are left out."""
    heads: dict[str, int] = {}
    for start in range(0, len(channels), AT_ONCE):
        some = channels[start : start + AT_ONCE]
        rows = await view.documents(CHANNELS).find({"channel": one_of(some)}, ["channel", "seq"], limit=AT_ONCE)
        heads |= {row["channel"]: int(row["seq"]) for row in rows}
    return heads


async def rows_behind(view: DocumentView, channel: str, cursor: int, limit: int) -> list[Row]:
    """The next rows behind a number."""
    return await view.documents(CHANNEL_LOG).find({"channel": channel, "seq": gt(cursor)}, sort=["seq"], limit=limit)


async def last_rows(view: DocumentView, channel: str, limit: int) -> list[Row]:
    """The last rows, the newest first."""
    return await view.documents(CHANNEL_LOG).find({"channel": channel}, sort=["-seq"], limit=limit)


async def rows_of_person(view: DocumentView, person: UUID) -> list[Row]:
    """All that a person was told on their own channel in the last days, the oldest first."""
    return [row async for row in view.documents(CHANNEL_LOG).each({"channel": user_channel(person)}, sort=["seq"])]
