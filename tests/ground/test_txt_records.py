"""TXT records: asked by our own few lines, answered by a real library's messages."""

import asyncio
from typing import cast

import dns.message
import dns.rrset
import pytest

from fourfold.ground.txt_records import server_of_system, texts_of


class _Server(asyncio.DatagramProtocol):
    """Answers each question with a CNAME, a long TXT in two pieces, and a short one."""

    def __init__(self, garbage: bytes = b"") -> None:
        self.garbage = garbage

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        answer, name = dns.message.make_response(question), question.question[0].name
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", "other.example.com."))
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{"a" * 200}" "{"b" * 100}"', '"short"'))
        cast("asyncio.DatagramTransport", self.transport).sendto(self.garbage or answer.to_wire(), addr)


async def _asked(garbage: bytes = b"") -> list[str]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Server(garbage), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    try:
        return await texts_of("_fourfold.shop.example.com", f"127.0.0.1:{port}")
    finally:
        transport.close()


async def test_texts_are_read() -> None:
    """P-11: pieces are joined, other records are passed over, compressed names too."""
    assert sorted(await _asked()) == sorted(["a" * 200 + "b" * 100, "short"])


@pytest.mark.parametrize("garbage", [b"x", b"\x00" * 12, b"\xff" * 40])
async def test_garbage_says_nothing(garbage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-11: whatever a server sends, nothing is proven by it."""
    monkeypatch.setattr("fourfold.ground.txt_records.WITHIN", 0.05)
    assert await _asked(garbage) == []


async def test_nobody_answers() -> None:
    """P-11: a server that is not there says nothing; the system's own has an address."""
    assert await texts_of("x.example.com", "127.0.0.1:1") == []
    assert ":" in server_of_system()
