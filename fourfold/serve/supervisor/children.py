"""Child processes: started so that they cannot outlive us, kept alive, and stopped in good order."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dataclasses
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process

logger = logging.getLogger("fourfold.supervise")

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
CALM_AFTER = 30.0
# 0.2 + 0.4 + ... + 3.2 s: long enough for what a killed predecessor left (shared memory, sockets) to go away.
TRIES = 6
POLL = 0.03
LARGEST_LOG = 16_000_000

AUTOGROUP = "/proc/self/autogroup"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class ChildFailed(Exception):
    """A child that has never been ready cannot be started; the text is one line that says what to look at."""


@dataclasses.dataclass(frozen=True)
class SystemUser:
    """An account of the operating system that a child runs as."""

    name: str
    uid: int
    gid: int


@dataclasses.dataclass(frozen=True)
class Child:
    """A process to keep running.

    `env` is added to ours. `ready` is asked every 30 ms until it says True (None: ready once started). `log` takes its
    output (None: our own terminal). `before_start` runs before each start. `patience` is how many seconds it may
    take to stop before it is killed. `pass_fds` are open files of ours, such as a listening socket, that it shares.
    `nice` is how much it gives way to others, from 0 to 19.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ready: Callable[[], Awaitable[bool]] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    log: Path | None = None
    user: SystemUser | None = None
    cwd: Path | None = None
    before_start: Callable[[], Awaitable[None]] | None = None
    patience: float = 15.0
    pass_fds: Sequence[int] = ()
    nice: int = 0


class Kept:
    """One child that is started again whenever it dies, until it is told to stop."""

    def __init__(self, child: Child, changed: Callable[[], None], hurry: asyncio.Event) -> None:
        """`changed` is called on every start, death and readiness; `hurry` cuts the patience while stopping."""
        self.child = child
        self.pid: int | None = None
        self.ready = False
        self.starts = 0
        self.been_ready = asyncio.Event()
        self._changed = changed
        self._hurry = hurry
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Ask `keep` to stop the child and return."""
        self._stop.set()

    async def keep(self) -> None:
        """Run the child until `stop`; raise `ChildFailed` when it has died `TRIES` times without once being ready."""
        delay = FIRST_DELAY
        while not self._stop.is_set():
            began = time.monotonic()
            cause = await self._live_and_die()
            if self._stop.is_set():
                return
            if not self.been_ready.is_set() and self.starts >= TRIES:
                raise ChildFailed(_obituary(self.child, cause))
            if time.monotonic() - began > CALM_AFTER:
                delay = FIRST_DELAY
            logger.warning("%s ended (%s); starting it again in %.1f s", self.child.name, cause, delay)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stop.wait()
            delay = min(delay * 2, LONGEST_DELAY)

    async def _live_and_die(self) -> str:
        try:
            if self.child.before_start is not None:
                await self.child.before_start()
            process = await spawn(self.child)
        except (ChildFailed, OSError) as error:
            if not self.been_ready.is_set():
                told = str(error) if isinstance(error, ChildFailed) else f"{self.child.name} cannot start: {error}"
                raise ChildFailed(told) from error
            # What has run before may run again: the disk was full for a while, or there were too many processes.
            return str(error)
        return _cause(await self._live(process))

    async def _live(self, process: Process) -> int:
        self.pid, self.starts = process.pid, self.starts + 1
        self._changed()
        died = asyncio.create_task(process.wait())
        stop = asyncio.create_task(self._stop.wait())
        ready = asyncio.create_task(self._become_ready())
        try:
            await asyncio.wait({died, stop, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
                await asyncio.wait({died, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            stop.cancel()
            await self._end(process, died)
            self.pid, self.ready = None, False
            self._changed()
        return died.result()

    async def _become_ready(self) -> None:
        while self.child.ready is not None and not await self.child.ready():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(POLL)
        self.ready = True
        self.been_ready.set()
        self._changed()

    async def _end(self, process: Process, died: asyncio.Task[int]) -> None:
        if not died.done():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.child.stop_signal)
            hurry = asyncio.create_task(self._hurry.wait())
            await asyncio.wait({died, hurry}, timeout=self.child.patience, return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
        # The whole session of the child: what it started and left behind goes with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await died


async def spawn(child: Child) -> Process:
    """Start a child in a session of its own, so that Ctrl-C reaches only us; it is killed when we die (Linux)."""
    output = None if child.log is None else _open_log(child.log)
    try:
        return await asyncio.create_subprocess_exec(
            *child.argv,
            env={**os.environ, **child.env},
            cwd=child.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=child.pass_fds,
            preexec_fn=_bound_to_us(child.user, child.nice),
        )
    finally:
        if output is not None:
            os.close(output)


def _bound_to_us(user: SystemUser | None, nice: int) -> Callable[[], None]:
    parent = os.getpid()

    def in_the_child() -> None:
        if nice:
            _give_way(nice)
        if user is not None:
            os.setgroups([])
            os.setgid(user.gid)
            os.setuid(user.uid)
        if sys.platform == "linux":
            # After setuid, which clears it; and we may have died before it was set.
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return in_the_child


def _give_way(nice: int) -> None:
    os.nice(nice)
    # Where Linux shares the processor between sessions first, niceness counts only inside of a session.
    with contextlib.suppress(OSError), open(AUTOGROUP, "w") as group:  # noqa: PTH123 - between fork and exec, the least that does it
        group.write(str(nice))


def _open_log(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def birth(pid: int) -> str | None:
    """When a process began, in whatever unit the system counts, or None when there is no such process."""
    try:
        # The name in field 2 may hold spaces and brackets: count behind it. Field 22 is the start, field 3 the state.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        # The latter when it ends between the opening and the reading.
        return None if sys.platform == "linux" else _asked_of_ps(pid, "lstart=")
    return None if fields[0] in {b"Z", b"X"} else fields[19].decode()


def command_line(pid: int) -> str:
    """The words a process was started with, or an empty text when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "" if sys.platform == "linux" else _asked_of_ps(pid, "command=") or ""


def processes_in(folder: Path, program: str) -> list[int]:
    """Numbers of the processes of one program that work in a folder; Linux alone tells."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # Processes come and go while we look, and those of others are none of our business.
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() == program and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found


async def end_stranger(pid: int, born: str | None, stop_signal: int, patience: float = 10.0) -> None:
    """Stop a process that is not our child: first politely, after `patience` seconds by force."""
    if born is None:
        return
    for number, seconds in ((stop_signal, patience), (signal.SIGKILL, patience)):
        if birth(pid) == born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        latest = time.monotonic() + seconds
        while birth(pid) == born and time.monotonic() < latest:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(POLL)


def _asked_of_ps(pid: int, field: str) -> str | None:
    answer = subprocess.run(["/bin/ps", "-o", field, "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def _cause(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _obituary(child: Child, cause: str) -> str:
    told = f"{child.name} does not start ({cause})"
    return told if child.log is None else f"{told}: {last_line(child.log)} (see {child.log})"


def last_line(log: Path) -> str:
    """The end of a log, for a message of one line."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "no output"
