"""TXT records: the one question that is asked of the DNS, without a resolver library that weighs more than the API."""

import asyncio
import secrets
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TXT, IN, RECURSE = 16, 1, 0x0100
HEADER = struct.Struct("!6H")
RECORD = struct.Struct("!HHIH")
POINTER = 0xC0
TRIES, WITHIN = 3, 2.0
RESOLV_CONF = Path("/etc/resolv.conf")


def server_of_system() -> str:
    """The first name server that the system is configured with, as address:port."""
    with suppress(OSError):
        for line in RESOLV_CONF.read_text().splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver":
                return f"{words[1]}:53"
    return "127.0.0.1:53"


async def texts_of(name: str, server: str) -> list[str]:
    """What the TXT records of a name say (RFC 1035, 3.3.14); nothing without an answer in a few seconds."""
    address, _, port = server.rpartition(":")
    for _ in range(TRIES):
        question_id = secrets.randbits(16)
        with suppress(OSError, TimeoutError, struct.error, IndexError):
            answer = await _exchange(address.strip("[]"), int(port), _question(question_id, name), question_id)
            return [text.decode("utf-8", "replace") for text in _texts_in(answer)]
    return []


def _question(question_id: int, name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return HEADER.pack(question_id, RECURSE, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", TXT, IN)


class _Answer(asyncio.DatagramProtocol):
    """Waits for the datagram that answers the question; others are not looked at."""

    def __init__(self, question_id: int) -> None:
        self._question_id = question_id.to_bytes(2)
        self.found: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the library's signature
        """Takes what has our number; the socket is connected, so it comes from the server that was asked."""
        if data[:2] == self._question_id and len(data) >= HEADER.size and not self.found.done():
            self.found.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self.found.done():
            self.found.set_exception(exc)


async def _exchange(address: str, port: int, question: bytes, question_id: int) -> bytes:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Answer(question_id), remote_addr=(address, port))
    try:
        transport.sendto(question)
        return await asyncio.wait_for(protocol.found, WITHIN)
    finally:
        transport.close()


def _texts_in(answer: bytes) -> Iterator[bytes]:
    _, _, questions, answers, _, _ = HEADER.unpack_from(answer)
    at = HEADER.size
    for _ in range(questions):
        at = _behind_name(answer, at) + 4
    for _ in range(answers):
        at = _behind_name(answer, at)
        kind, _, _, length = RECORD.unpack_from(answer, at)
        at += RECORD.size
        if kind == TXT:
            yield b"".join(_pieces(answer[at : at + length]))
        at += length


def _behind_name(answer: bytes, at: int) -> int:
    while answer[at]:
        if answer[at] & POINTER == POINTER:
            return at + 2
        at += answer[at] + 1
    return at + 1


def _pieces(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]]
        at += data[at] + 1
