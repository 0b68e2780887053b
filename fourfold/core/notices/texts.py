"""A text message (SMS) is written and queued, and delivered: into the development inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fourfold.core.notices import queries, tables
from fourfold.core.notices.compose import compose_text
from fourfold.ground.durable import job
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message to be written: `once` names it in its tenant, so that asking twice sends one.

    `to` is a number such as +4915123456789, `template` is `<system>/<room>/<name>`, and `data` fills it.
    """

    once: str
    to: str
    template: str
    data: Mapping[str, Any]


class DeliverText(BaseModel):
    """Which message to deliver."""

    text_id: UUID


@job("core.notices.deliver_text")
async def deliver_text(work: Work, ask: DeliverText) -> None:
    """Delivers the message, once: its row stays locked meanwhile."""
    row = await queries.text_with_id(work.db, ask.text_id)
    if row is None or row["status"] == "sent":
        return
    await tables.mark_text_sent(work.db, ask.text_id, work.now)


async def send_text(work: Work, message: TextMessage) -> None:
    """Writes the message and queues its delivery; a second one with the same `once` does nothing."""
    text_id, body = new_id(), compose_text(message.template, message.data)
    if await tables.insert_text(work.db, work.who.tenant_id, text_id, message.once, message.to, body, work.now):
        work.later(deliver_text, DeliverText(text_id=text_id), once=f"text:{text_id}")
