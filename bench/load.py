"""A lean HTTP load generator in a process of its own: one connection for each client, no client library in the way.

`python -m bench.load` reads what to do as JSON from standard input, and prints what came of it as JSON. `run_load` does
that for callers. Whoever is compared is compared with the same generator.
"""

import asyncio
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.flows import FLOWS, Flow, Tally

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: purchases or requests by outcome, and the milliseconds that they took."""

    rate: float
    p50: float
    p95: float
    p99: float
    outcomes: dict[str, int]
    orders: list[str]
    client_cpu: float


def run_load(flow: str, port: int, clients: int, seconds: float, **spec: Any) -> Load:
    """Runs a flow of `bench.flows` with so many clients for so long, from another process."""
    asked = {"flow": flow, "port": port, "clients": clients, "seconds": seconds, **spec}
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asked), capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Load(**json.loads(done.stdout))


class _Client(asyncio.Protocol):
    """One connection that goes through a flow."""

    def __init__(self, flow: Flow, ended: asyncio.Future[None]) -> None:
        self.flow = flow
        self.ended = ended
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # TCP connections have transports that write
        self._go_on(None)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(END_OF_HEAD)
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        whole = end + len(END_OF_HEAD) + length
        if len(self.buffer) < whole:
            return
        body, self.buffer = self.buffer[whole - length : whole], self.buffer[whole:]
        self._go_on((int(head[9:12]), body))

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(ConnectionError(f"the server hung up: {problem}"))

    def _go_on(self, answer: tuple[int, bytes] | None) -> None:
        try:
            wanted = next(self.flow) if answer is None else self.flow.send(answer)
        except StopIteration:
            self.ended.set_result(None)
            if self.transport is not None:
                self.transport.close()
        except Exception as problem:  # noqa: BLE001 - told to whoever waits for the client
            self.ended.set_exception(problem)
        else:
            if self.transport is not None:
                self.transport.write(wanted)


async def _run(spec: dict[str, Any]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    tally = Tally()
    began = time.perf_counter()
    until = began + spec["seconds"]
    ends = []
    for number in range(spec["clients"]):
        ended: asyncio.Future[None] = loop.create_future()
        flow = FLOWS[spec["flow"]](spec, number, tally, lambda: time.perf_counter() >= until)
        await loop.create_connection(lambda f=flow, e=ended: _Client(f, e), "127.0.0.1", spec["port"])  # type: ignore[misc]  # the defaults bind this round's client
        ends.append(ended)
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rate": len(tally.seconds) / took,
        "p50": percentile(tally.seconds, 0.50),
        "p95": percentile(tally.seconds, 0.95),
        "p99": percentile(tally.seconds, 0.99),
        "outcomes": dict(tally.statuses),
        "orders": tally.orders,
        "client_cpu": used.ru_utime + used.ru_stime,
    }


def percentile(seconds: Sequence[float], share: float) -> float:
    """The milliseconds that so large a share stays within; 0 of nothing."""
    if not seconds:
        return 0.0
    return sorted(seconds)[math.ceil(len(seconds) * share) - 1] * 1000


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.load(sys.stdin)))))
