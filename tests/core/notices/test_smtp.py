"""Mails reach a real mail server, with their attachments and without headers that somebody smuggled in."""

import asyncio
import email
import email.policy
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller

from fourfold.contracts.core import AttachedFile, Letter
from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.core.notices.send import send_letter
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Tenant

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
SMUGGLED = "\r\nBcc: evil@stranger.test\r\n\r\nhello"


@dataclass
class Mailbox:
    """What the mail server has taken; `refusals` counts how often it first says to come back later."""

    refusals: int = 0
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name for it
        if self.refusals:
            self.refusals -= 1
            return "451 come back later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A mail server on loopback, and its address."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
async def house(tenant: Tenant, mailbox: tuple[Mailbox, str]) -> AsyncIterator[House]:
    """A house whose settings name the mail server."""
    opened = await open_house(tenant.running.settings, ALL, clock=tenant.running.clock)
    settings: Settings = opened.settings.model_copy(update={"smtp_url": mailbox[1]})
    yield replace(opened, settings=settings)
    await opened.close()


async def deliver(house: House, tenant: Tenant, letter: Letter) -> None:
    """Writes a letter and hands it over in the same transaction, before the worker of the tests sees it."""
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        await send_letter(work, letter)
        mail_id = await work.db.fetchval("SELECT id FROM core.mail WHERE once = $1", letter.once)
        await deliver_mail.act(work, DeliverMail(mail_id=mail_id))


def a_letter(**data: Any) -> Letter:
    filled = {
        "sender": "Shop", "shop": "Shop", "name": "Ada", "number": "260814-7K3Q", "reason": "", "paid": True,
        "link": "https://shop.test/orders/1", **data,
    }  # fmt: skip
    return Letter(f"test:{new_id()}", "ada@buyer.test", "commerce/letters/order_cancelled", filled)


async def test_a_mail_arrives_with_its_attachment(house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]) -> None:
    """P-29, C-36: text, HTML and the attached PDF reach the mail server byte for byte, to one recipient."""
    await house.storage.put(UUID(tenant.id), "papers/1.pdf", PDF, "application/pdf")
    files = [AttachedFile("INV-2026-000001.pdf", "papers/1.pdf", "application/pdf")]
    letter = replace(a_letter(name="Žofia Ünlü"), files=files)
    await deliver(house, tenant, letter)
    ((recipients, message),) = mailbox[0].taken
    assert recipients == ["ada@buyer.test"]
    assert message["To"] == "ada@buyer.test"
    assert message["From"] == house.settings.mail_from
    assert message["Subject"] == "Shop: your order 260814-7K3Q is cancelled"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Hello Žofia Ünlü," in text.get_content()
    assert 'href="https://shop.test/orders/1"' in html.get_content()
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "INV-2026-000001.pdf", "application/pdf", PDF,
    )  # fmt: skip


@pytest.mark.parametrize("where", ["shop", "number", "name", "reason"])
async def test_no_header_is_smuggled_in(house: House, tenant: Tenant, mailbox: tuple[Mailbox, str], where: str) -> None:
    """P-29, T41: line breaks in what strangers wrote start no header and reach no other recipient."""
    await deliver(house, tenant, a_letter(**{where: f"Ada{SMUGGLED}"}))
    ((recipients, message),) = mailbox[0].taken
    assert recipients == ["ada@buyer.test"]
    assert message["Bcc"] is None
    assert len(message.get_all("Subject", [])) == 1
    assert "\n" not in message["Subject"]


async def test_a_mail_that_is_refused_is_tried_again(
    house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]
) -> None:
    """P-29: a mail that the server puts off is not marked as sent, and its Message-ID stays the same."""
    mailbox[0].refusals = 1
    letter = a_letter()
    with pytest.raises(aiosmtplib.SMTPException):
        await deliver(house, tenant, letter)
    assert mailbox[0].taken == []
    await deliver(house, tenant, letter)
    await asyncio.sleep(0)
    assert len(mailbox[0].taken) == 1
    assert mailbox[0].taken[0][1]["Message-ID"].endswith("@fourfold.test>")
