"""A lean crowd of Socket.IO clients in a process of its own: all have one post open, on which comments are written.

`python -m bench.listeners` reads what to do as JSON from standard input, and prints what came of it as JSON.
"""

import asyncio
import json
import resource
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop

from bench.load import percentile

END_OF_HEAD = b"\r\n\r\n"
TEXT = 0x81
SHORT, MIDDLE, MASKED = 126, 127, 0x80
MARK = b'"comment_id":"'
ID = 36
# Whoever connects all at once is let in a few at a time.
AT_ONCE, PATIENCE, LOOK = 50, 60.0, 0.05


def frame(text: str) -> bytes:
    """A text as a client sends it: masked with nothing."""
    body = text.encode()
    size = len(body)
    head = bytes([TEXT, MASKED | size]) if size < SHORT else struct.pack("!BBH", TEXT, MASKED | SHORT, size)
    return head + b"\0\0\0\0" + body


class _Client(asyncio.Protocol):
    """One connection: it says who it is, opens the post, and tells of each comment."""

    def __init__(self, spec: dict[str, Any], number: int, on_comment: Callable[[bytes], None]) -> None:
        self.token = spec["tokens"][number % len(spec["tokens"])]
        self.channel = spec["channel"]
        self.on_comment = on_comment
        self.buffer = b""
        self.is_open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # TCP connections have transports that write
        self._write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.is_open:
            head, found, rest = self.buffer.partition(END_OF_HEAD)
            if not found:
                return
            if b" 101 " not in head[:20]:
                self.ready.set_exception(ConnectionError(head.decode("latin-1")))
                return
            self.is_open, self.buffer = True, rest
        while (text := self._next()) is not None:
            self._take(text)

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the server hung up: {problem}"))

    def _next(self) -> bytes | None:
        data = self.buffer
        if len(data) < 2:
            return None
        size, at = data[1], 2
        if size == SHORT:
            if len(data) < 4:
                return None
            size, at = struct.unpack_from("!H", data, 2)[0], 4
        elif size == MIDDLE:
            if len(data) < 10:
                return None
            size, at = struct.unpack_from("!Q", data, 2)[0], 10
        if len(data) < at + size:
            return None
        self.buffer = data[at + size :]
        return data[at : at + size]

    def _take(self, text: bytes) -> None:
        if text.startswith(b"42"):
            at = text.find(MARK)
            if at >= 0:
                self.on_comment(text[at + len(MARK) : at + len(MARK) + ID])
            elif text.startswith(b'42["ready"'):
                self._write(frame(f'421["subscribe",{{"channel":"{self.channel}"}}]'))
        elif text == b"2":
            self._write(frame("3"))
        elif text.startswith(b"0"):
            self._write(frame(f'40{{"token":"{self.token}"}}'))
        elif text.startswith(b"431"):
            if b'"ok":true' in text:
                self.ready.set_result(None)
            else:
                self.ready.set_exception(ConnectionError(text.decode()))
        elif text.startswith(b"44"):
            self.ready.set_exception(ConnectionError(text.decode()))

    def _write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


class _Writer:
    """Writes comments below the post at an even pace, over one connection, and keeps when each was answered."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.answered: dict[bytes, float] = {}
        self.asked: dict[bytes, float] = {}

    async def write(self, seconds: float, pace: float) -> None:
        """So long, so many each second."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.spec["port"])
        body = b'{"text": "Hello"}'
        head = (
            f"POST {self.spec['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.spec['writer']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        began = time.perf_counter()
        for number in range(int(seconds * pace)):
            await asyncio.sleep(max(0.0, began + number / pace - time.perf_counter()))
            asked = time.perf_counter()
            writer.write(head + body)
            answer = await reader.readuntil(END_OF_HEAD)
            size = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            told = json.loads(await reader.readexactly(size))
            self.asked[told["id"].encode()], self.answered[told["id"].encode()] = asked, time.perf_counter()
        writer.close()


async def _run(spec: dict[str, Any]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    heard: list[tuple[bytes, float]] = []
    clients: list[_Client] = []
    began = time.perf_counter()
    for start in range(0, spec["clients"], AT_ONCE):
        some = [
            _Client(spec, number, lambda comment: heard.append((comment, time.perf_counter())))
            for number in range(start, min(start + AT_ONCE, spec["clients"]))
        ]
        for client in some:
            await loop.create_connection(lambda c=client: c, "127.0.0.1", spec["port"])  # type: ignore[misc]  # the default binds this round's client
        await asyncio.wait_for(asyncio.gather(*(client.ready for client in some)), PATIENCE)
        clients += some
    connected = time.perf_counter() - began
    writer = _Writer(spec)
    used = resource.getrusage(resource.RUSAGE_SELF)
    await writer.write(spec["seconds"], spec["pace"])
    wanted = len(writer.answered) * spec["clients"]
    for _ in range(int(PATIENCE / LOOK)):
        if len(heard) >= wanted:
            break
        await asyncio.sleep(LOOK)
    after = resource.getrusage(resource.RUSAGE_SELF)
    late = [max(0.0, at - writer.answered[comment]) for comment, at in heard if comment in writer.answered]
    whole = [at - writer.asked[comment] for comment, at in heard if comment in writer.asked]
    return {
        "connected": connected,
        "rate": len(heard) / spec["seconds"],
        "lost": wanted - len(heard),
        "late": [percentile(late, share) for share in (0.5, 0.95, 0.99)],
        "whole": [percentile(whole, share) for share in (0.5, 0.95, 0.99)],
        "client_cpu": after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.load(sys.stdin)))))
