"""The supervisor: starts servers and processes in order, keeps them alive, and stops them in the opposite order."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fourfold
from fourfold.serve.supervisor.children import Child, ChildFailed, Kept, birth, end_stranger
from fourfold.serve.supervisor.embedded import SERVERS, EmbeddedServer, child_of, servers_named
from fourfold.serve.supervisor.home import (
    AlreadyRunning,
    ChildRecord,
    RunRecord,
    UnsafeFolder,
    forget_run,
    holding,
    home_at,
    read_run,
    write_run,
)

Step = Callable[[Mapping[str, str]], Awaitable[None]]
"""Something to do once the servers answer; it is given their addresses by name."""

STOP_WITHIN = 90.0

logger = logging.getLogger("fourfold.supervise")


@dataclass(frozen=True)
class Plan:
    """What to run on a data folder: servers, then `prepare`, then processes, then `on_ready`.

    `port` is only noted in `run.json`, for those who look for the address of the API there.
    """

    home: Path
    servers: Sequence[EmbeddedServer] = SERVERS
    prepare: Step | None = None
    processes: Sequence[Child] = ()
    on_ready: Step | None = None
    port: int | None = None


@dataclass(frozen=True)
class RunningServers:
    """Servers that answer, with the address of each by its name (`postgres` is the superuser's)."""

    home: Path
    urls: Mapping[str, str]


class Crew:
    """The children of one data folder, kept in tiers: a later tier needs the earlier ones."""

    def __init__(self, home: Path, urls: Mapping[str, str], port: int | None = None) -> None:
        """Nothing runs yet."""
        self.home = home
        self.urls = urls
        self.port = port
        self.hurry = asyncio.Event()
        self._never = asyncio.Event()
        self._tiers: list[dict[Kept, asyncio.Task[None]]] = []
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")

    async def start(self, children: Iterable[Child], *, patient: bool = False) -> None:
        """Start a tier and wait until each child is ready; `patient` children are not hurried when stopping."""
        hurry = self._never if patient else self.hurry
        tier = {kept: asyncio.create_task(kept.keep()) for kept in [Kept(c, self._note, hurry) for c in children]}
        self._tiers.append(tier)
        for kept, task in tier.items():
            ready = asyncio.create_task(kept.been_ready.wait())
            try:
                await asyncio.wait({ready, *self._tasks()}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ready.cancel()
            self._raise_failures()
            if task.done():
                raise ChildFailed(f"{kept.child.name} was stopped before it was ready")

    async def failure(self) -> None:
        """Wait until a child cannot be kept, and raise what it failed with."""
        never = asyncio.create_task(self._never.wait())
        try:
            await asyncio.wait({never, *self._tasks()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            never.cancel()
        self._raise_failures()

    async def stop(self) -> None:
        """Stop the tiers, last first; within a tier all at once."""
        while self._tiers:
            tier = self._tiers[-1]
            for kept in tier:
                kept.stop()
            await asyncio.gather(*tier.values(), return_exceptions=True)
            self._tiers.pop()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for tier in self._tiers for task in tier.values()]

    def _raise_failures(self) -> None:
        for task in self._tasks():
            if task.done():
                task.result()

    def _note(self) -> None:
        children = {kept.child.name: _record(kept) for tier in self._tiers for kept in tier}
        record = RunRecord(os.getpid(), str(self.home), self._started_at, self.port, self.urls, children)
        try:
            write_run(self.home, record)
        except OSError as error:
            # A full disk must not bring down what runs.
            logger.warning("run.json cannot be written: %s", error)


def _record(kept: Kept) -> ChildRecord:
    return ChildRecord(
        pid=kept.pid,
        born=None if kept.pid is None else birth(kept.pid),
        argv=tuple(kept.child.argv),
        restarts=max(kept.starts - 1, 0),
        ready=kept.ready,
        stop_signal=int(kept.child.stop_signal),
    )


@contextlib.asynccontextmanager
async def crew_of(home: Path, servers: Sequence[EmbeddedServer], port: int | None = None) -> AsyncIterator[Crew]:
    """Take a data folder, end what a killed supervisor left on it, and stop everything when done."""
    urls = {server.name: server.url(home) for server in servers}
    with holding(home):
        await _end_orphans(home)
        crew = Crew(home, urls, port)
        try:
            yield crew
        finally:
            await crew.stop()
            forget_run(home)


async def _end_orphans(home: Path) -> None:
    """On Linux they die with their supervisor and this only waits for the last of them; elsewhere they live on."""
    left = read_run(home)
    gone = [
        end_stranger(child.pid, child.born, child.stop_signal)
        for child in (left.children.values() if left else ())
        if child.pid is not None
    ]
    await asyncio.gather(*gone)


async def supervise(plan: Plan) -> None:
    """Run a plan until SIGINT, SIGTERM or SIGHUP; a second signal kills processes that are slow to stop.

    Raises `AlreadyRunning` when the data folder is taken, `ChildFailed` when something cannot be started, and what
    `prepare` or `on_ready` raise; everything that was started is stopped first.
    """
    home = home_at(plan.home)
    asked = asyncio.Event()
    async with crew_of(home, plan.servers, plan.port) as crew:
        with _stopping_on_signals(asked, crew.hurry):
            running = asyncio.create_task(_run(plan, home, crew))
            stop = asyncio.create_task(asked.wait())
            try:
                await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                stop.cancel()
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await crew.stop()


async def _run(plan: Plan, home: Path, crew: Crew) -> None:
    await crew.start([child_of(server, home) for server in plan.servers], patient=True)
    if plan.prepare is not None:
        await plan.prepare(crew.urls)
    await crew.start(plan.processes)
    if plan.on_ready is not None:
        await plan.on_ready(crew.urls)
    await crew.failure()


@contextlib.contextmanager
def _stopping_on_signals(stop: asyncio.Event, hurry: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def asked() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in signals:
        loop.add_signal_handler(number, asked)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def start_servers(home: str | Path, names: Iterable[str] | None = None) -> AsyncIterator[RunningServers]:
    """Embedded servers under a data folder for as long as the block runs, kept alive by the running loop."""
    place, servers = home_at(home), servers_named(names)
    async with crew_of(place, servers) as crew:
        await crew.start([child_of(server, place) for server in servers], patient=True)
        yield RunningServers(place, crew.urls)


@contextlib.contextmanager
def servers_apart(home: str | Path, names: Iterable[str] | None = None) -> Iterator[RunningServers]:
    """Embedded servers in a supervisor process of their own, for callers without a loop and for several processes.

    The supervisor reads from a pipe that only the caller holds, so it stops when the block ends and also when the
    caller is killed. Raises `ChildFailed` when the servers do not start.
    """
    place = home_at(home)
    chosen = [server.name for server in servers_named(names)]
    command = [
        sys.executable,
        "-m",
        "fourfold.serve.supervisor.supervise",
        "--home",
        str(place),
        "--until-stdin-closes",
        *chosen,
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(fourfold.__file__).parents[1],
        start_new_session=True,
    ) as process:
        first = process.stdout.readline() if process.stdout else b""
        if not first:
            raise ChildFailed(f"the servers on {place} did not start")
        try:
            yield RunningServers(place, json.loads(first)["urls"])
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(STOP_WITHIN)


async def _until_stdin_closes() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _announce(urls: Mapping[str, str]) -> None:
    sys.stdout.write(json.dumps({"pid": os.getpid(), "urls": dict(urls)}) + "\n")
    sys.stdout.flush()


async def _serve(home: Path, names: Sequence[str], *, until_stdin_closes: bool) -> None:
    plan = Plan(home, servers_named(names or None), on_ready=_announce)
    running = asyncio.create_task(supervise(plan))
    waiting = {running}
    if until_stdin_closes:
        waiting.add(asyncio.create_task(_until_stdin_closes()))
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> int:
    """Run only the servers: `python -m fourfold.serve.supervisor.supervise [--home DIR] [postgres] [valkey]`."""
    words = argparse.ArgumentParser(prog="python -m fourfold.serve.supervisor.supervise", description=main.__doc__)
    words.add_argument("servers", nargs="*", help="which servers; all without a name")
    words.add_argument("--home", type=Path, default=home_at())
    words.add_argument("--until-stdin-closes", action="store_true", help="stop when the pipe on stdin closes")
    asked = words.parse_args()
    try:
        asyncio.run(_serve(asked.home, asked.servers, until_stdin_closes=asked.until_stdin_closes))
    except (AlreadyRunning, ChildFailed, UnsafeFolder, ValueError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
