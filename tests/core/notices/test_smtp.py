"""Mails reach a real mail server, with their attachments and without headers that somebody smuggled in."""

import email
import email.policy
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

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
    """What the mail server has taken; before that it answers with `refusals`, and to recipients with `unknown`."""

    refusals: list[str] = field(default_factory=list)
    unknown: str = ""
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.unknown:
            return self.unknown
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name for it
        if self.refusals:
            return self.refusals.pop(0)
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


async def deliver(house: House, tenant: Tenant, letter: Letter, times: int = 1) -> dict[str, Any]:
    """Writes a letter and hands it over in the same transaction, before the worker of the tests sees it.

    Gives what is kept of it, and `waiting`: the times at which it is to be tried again.
    """
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        await send_letter(work, letter)
        mail_id = await work.db.fetchval("SELECT id FROM core.mail WHERE once = $1", letter.once)
        work.jobs.clear()
        for _ in range(times):
            await deliver_mail.act(work, DeliverMail(mail_id=mail_id))
        waiting = [(each.run_at - work.now).total_seconds() for each in work.jobs]
        # The worker of the tests has no mail server, and must not deliver them.
        work.jobs.clear()
        row = await work.db.fetchrow(
            "SELECT id, status, attempts, error, language FROM core.mail WHERE id = $1", mail_id
        )
        assert row is not None
        return {**dict(row), "waiting": waiting}


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


async def test_a_mail_that_is_put_off_is_tried_again(
    house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]
) -> None:
    """P-29: after 4xx a mail waits, longer each time, with its error; its Message-ID stays the same."""
    mailbox[0].refusals = ["451 come back later", "452 still busy"]
    kept = await deliver(house, tenant, a_letter(), times=2)
    assert (kept["status"], kept["attempts"], mailbox[0].taken) == ("queued", 2, [])
    assert "452" in kept["error"]
    assert "still busy" in kept["error"]
    assert [round(each) for each in kept["waiting"]] == [2, 4]
    kept = await deliver(house, tenant, a_letter(), times=3)
    assert (kept["status"], kept["attempts"], kept["error"]) == ("sent", 1, "")
    ((_, message),) = mailbox[0].taken
    assert message["Message-ID"] == f"<{kept['id']}@fourfold.test>"


async def test_a_mail_is_given_up_after_eight_attempts(
    house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]
) -> None:
    """P-29: a server that is busy for ever gets eight attempts, and admins can ask for more."""
    mailbox[0].refusals = ["451 come back later"] * 8
    kept = await deliver(house, tenant, a_letter(), times=10)
    assert (kept["status"], kept["attempts"], len(kept["waiting"])) == ("failed", 8, 7)
    shown = tenant.owner.get("/v1/core/mails", params={"status": "failed"}).json()["items"]
    assert [each["id"] for each in shown] == [str(kept["id"])]
    assert (shown[0]["template"], shown[0]["attempts"]) == ("commerce.letters.order_cancelled", 8)
    assert {"text", "html", "links"} & set(shown[0]) == set()


async def test_content_that_is_refused_is_not_sent_again(
    house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]
) -> None:
    """P-29: 5xx to what a mail says is for good, and says nothing against its address."""
    for _ in range(4):
        mailbox[0].refusals = ["554 looks like spam"]
        kept = await deliver(house, tenant, a_letter())
        assert (kept["status"], kept["attempts"], kept["waiting"]) == ("failed", 1, [])
    assert tenant.owner.get("/v1/core/suppressions").json()["items"] == []


async def test_an_address_that_is_refused_gets_no_more(
    house: House, tenant: Tenant, mailbox: tuple[Mailbox, str]
) -> None:
    """P-29: three mails refused with 5xx at the recipient put it on the list, and the next one is held back."""
    mailbox[0].unknown = "550 no such user"
    for _ in range(3):
        kept = await deliver(house, tenant, a_letter())
        assert (kept["status"], kept["waiting"]) == ("failed", [])
        assert "550" in kept["error"]
    mailbox[0].unknown = ""
    assert (await deliver(house, tenant, a_letter()))["status"] == "suppressed"
    assert mailbox[0].taken == []
    (entry,) = tenant.owner.get("/v1/core/suppressions").json()["items"]
    assert (entry["address"], entry["reason"]) == ("ada@buyer.test", "rejected")
    assert tenant.owner.delete(f"/v1/core/suppressions/{entry['id']}").status_code == 204
    assert (await deliver(house, tenant, a_letter()))["status"] == "sent"


async def test_no_server_is_no_ones_fault(house: House, tenant: Tenant) -> None:
    """P-29: a mail server that does not answer is tried again."""
    away = replace(house, settings=house.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"}))
    kept = await deliver(away, tenant, a_letter())
    assert (kept["status"], len(kept["waiting"])) == ("queued", 1)
