"""A text message (SMS) is written, queued, and delivered: to the provider of the settings or a development inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx
from pydantic import BaseModel

from fourfold.core.accounts.queries import account_with_id
from fourfold.core.notices import queries, tables
from fourfold.core.notices.compose import compose_text
from fourfold.core.notices.rules import Refused, outcome_of, refused_over_http
from fourfold.core.settings.known import LOCALE
from fourfold.core.templates.shipped import languages_for
from fourfold.ground.durable import job, pause_before_retry
from fourfold.ground.ids import new_id
from fourfold.ground.settings import Settings
from fourfold.ground.work import Work

TIMEOUT = 20.0


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


class TextProvider(Protocol):
    """Whoever sends text messages."""

    async def send(self, text_id: UUID, to: str, text: str) -> Refused | None:
        """Takes a message over, once for each id; says why when it does not."""


class DevelopmentInbox:
    """Sends nothing: the messages can be read where they are kept."""

    async def send(self, text_id: UUID, to: str, text: str) -> Refused | None:
        """Takes every message."""
        del text_id, to, text
        return None


@dataclass(frozen=True, slots=True)
class HttpProvider:
    """A provider, or an adapter in front of one, that takes `{"id", "to", "text"}` as JSON."""

    url: str
    token: str | None

    async def send(self, text_id: UUID, to: str, text: str) -> Refused | None:
        """Posts the message; the id stands in `Idempotency-Key`, so that a repeated message is sent once."""
        headers = {"Idempotency-Key": str(text_id)}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = {"id": str(text_id), "to": to, "text": text}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
                answer = await client.post(self.url, json=body, headers=headers)
        except httpx.HTTPError as problem:
            return Refused(f"{type(problem).__name__}: {problem}")
        return None if answer.is_success else refused_over_http(answer.status_code)


def provider_of(settings: Settings) -> TextProvider:
    """The provider that the settings name, else the development inbox."""
    if settings.sms_url is None:
        return DevelopmentInbox()
    return HttpProvider(settings.sms_url, settings.sms_token.get_secret_value() if settings.sms_token else None)


@job("core.notices.deliver_text")
async def deliver_text(work: Work, ask: DeliverText) -> None:
    """Delivers the message, once: its row stays locked meanwhile. What is not taken is tried again later."""
    row = await queries.text_with_id(work.db, ask.text_id)
    if row is None or row["status"] != "queued":
        return
    refused = await provider_of(work.house.settings).send(row["id"], row["recipient"], row["body"])
    if refused is None:
        await tables.mark_text_sent(work.db, ask.text_id, work.now)
        return
    attempts = row["attempts"] + 1
    is_over = outcome_of(refused, attempts) != "later"
    await tables.mark_text_refused(work.db, ask.text_id, refused.error, work.now, is_over=is_over)
    if not is_over:
        work.later(deliver_text, ask, at=work.now + pause_before_retry(attempts), once=f"text:{row['id']}:{attempts}")


async def send_text(work: Work, message: TextMessage) -> None:
    """Writes the message and queues its delivery; a second one with the same `once` does nothing.

    It is written in the language of the account that asks, else in the tenant's, else in English.
    """
    asking = await account_with_id(work.db, work.who.account_id) if work.who.account_id else None
    tenant_language = await work.house.configuration.value(work.who.tenant_id, LOCALE, work.db)
    languages = languages_for(asking["language"] if asking else None, tenant_language)
    text_id, words = new_id(), compose_text(message.template, message.data, languages)
    if await tables.insert_text(work.db, work.who.tenant_id, text_id, message.once, message.to, words, work.now):
        work.later(deliver_text, DeliverText(text_id=text_id), once=f"text:{text_id}")
