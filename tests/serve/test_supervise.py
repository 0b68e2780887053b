"""The supervisor against kills and signals, with real servers and processes."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from fourfold.serve.supervisor.children import Child, ChildFailed, birth
from fourfold.serve.supervisor.home import AlreadyRunning, read_run, supervisor_of
from fourfold.serve.supervisor.supervise import Plan, servers_apart, start_servers, supervise
from tests.serve.deployment import (
    LONGEST_START,
    ROOT,
    end,
    eventually,
    launch,
    launch_ready,
    notes,
    pid_of,
    processes_of,
    record_of,
    write_note,
)


def test_cold_and_warm_start(home: Path) -> None:
    """P-01: an empty folder and one with data both come up; how fast is printed, not asserted."""
    for kind in ("cold", "warm", "warm"):
        began = time.monotonic()
        house = launch_ready(home)
        took = time.monotonic() - began
        assert end(house) == (0, "")
        sys.stdout.write(f"{kind} start of interpreter, both servers and preparation: {took:.2f} s\n")


@pytest.mark.parametrize(
    ("manner", "number"), [("plain", signal.SIGTERM), ("plain", signal.SIGKILL), ("uvloop", signal.SIGKILL)]
)
async def test_nothing_is_lost(home: Path, manner: str, number: signal.Signals) -> None:
    """P-01: what was committed is there after a stop and after `kill -9` of the supervisor."""
    house = launch_ready(home, manner)
    await write_note(record_of(home).urls, "first")
    end(house, number)
    house = launch_ready(home, manner)
    await write_note(record_of(home).urls, "second")
    assert await notes(record_of(home).urls) == ({"first", "second"}, {"first", "second"})
    end(house)


def test_ctrl_c_leaves_no_process(home: Path) -> None:
    """P-01: Ctrl-C stops every child process, sessions of the database too, and takes `run.json` away."""
    house = launch_ready(home)
    assert len(processes_of(home)) >= 3
    idle = pid_of(home, "idle")
    assert end(house, signal.SIGINT) == (0, "")
    assert processes_of(home) == []
    assert birth(idle) is None
    assert read_run(home) is None
    assert supervisor_of(home) is None


def is_gone(pid: int) -> bool:
    return birth(pid) is None


def test_killed_supervisor_takes_its_children_along(home: Path) -> None:
    """P-01: after `kill -9` nothing keeps running, however often, and the next start needs no help."""
    for _ in range(3):
        house = launch_ready(home)
        idle = pid_of(home, "idle")
        end(house, signal.SIGKILL)
        assert supervisor_of(home) is None
        eventually(lambda: processes_of(home) == [])
        # A process that is ending has no command line any more, while it is still there.
        eventually(partial(is_gone, idle))
    house = launch_ready(home)
    end(house, signal.SIGKILL)
    end(launch_ready(home))


@pytest.mark.parametrize("name", ["postgres", "valkey", "idle"])
async def test_killed_child_is_started_again(home: Path, name: str) -> None:
    """P-01: `kill -9` of a server or process is mended by the supervisor, nothing lost and the others untouched."""
    house = launch_ready(home)
    await write_note(record_of(home).urls, "before")
    first = record_of(home).children
    os.kill(pid_of(home, name), signal.SIGKILL)
    eventually(lambda: record_of(home).children[name].restarts == 1 and record_of(home).children[name].ready)
    after = record_of(home).children
    assert await notes(record_of(home).urls) == ({"before"}, {"before"})
    assert {other for other in first if first[other].pid != after[other].pid} == {name}
    code, said = end(house)
    assert code == 0
    assert f"{name} ended (signal 9)" in said


async def test_second_supervisor_is_refused(home: Path) -> None:
    """P-01: a second start on the same folder says in one line who is there, and harms nothing."""
    house = launch_ready(home)
    second = launch(home)
    _, said = second.communicate(timeout=LONGEST_START)
    assert second.returncode == 1
    assert said.splitlines() == [f"Fourfold already runs on {home} (process {house.pid}); stop it first."]
    with pytest.raises(AlreadyRunning) as refusal:
        async with start_servers(home):
            pass
    assert refusal.value.pid == house.pid == supervisor_of(home)
    await write_note(record_of(home).urls, "still here")
    end(house)


def test_run_record(home: Path) -> None:
    """P-05: `run.json` tells who runs, where, since when and how often it was started again."""
    house = launch_ready(home)
    record = record_of(home)
    assert (record.pid, record.port, record.home) == (house.pid, 8000, str(home))
    assert set(record.urls) == {"postgres", "valkey"}
    assert set(record.children) == {"postgres", "valkey", "idle"}
    assert all(child.ready and child.restarts == 0 for child in record.children.values())
    assert (home / "run.json").stat().st_mode & 0o077 == 0
    end(house)


def test_second_signal_hurries(home: Path) -> None:
    """P-01: a process that ignores its signal is killed at the second Ctrl-C, with what it started itself."""
    house = launch_ready(home, "stubborn")
    grandchild = int((home / "logs" / "stubborn.log").read_text())
    house.send_signal(signal.SIGINT)
    eventually(lambda: record_of(home).children["idle"].pid is None)
    assert birth(grandchild) is not None
    # It is waited for far less long than the process may take to stop by itself.
    assert end(house, signal.SIGINT) == (0, "")
    eventually(lambda: birth(grandchild) is None)
    assert processes_of(home) == []


async def test_missing_program_is_named(home: Path) -> None:
    """P-03: what cannot be started ends the start with one line, and the servers are stopped."""
    with pytest.raises(ChildFailed, match=r"nothing cannot start: .*no-such-program"):
        await supervise(Plan(home, processes=[Child("nothing", ["/no-such-program"])]))
    assert processes_of(home) == []
    assert supervisor_of(home) is None


async def test_process_that_never_gets_ready_is_given_up(home: Path) -> None:
    """P-03: a process that dies again and again before it is ready is reported with its last words."""

    async def never() -> bool:
        return False

    words = Child("words", ["/bin/sh", "-c", "echo bad setting; exit 3"], ready=never, log=home / "logs" / "words.log")
    with pytest.raises(ChildFailed, match=r"^words does not start \(exit code 3\): bad setting \(see .*words\.log\)$"):
        await supervise(Plan(home, servers=[], processes=[words]))


async def test_failing_preparation_stops_the_servers(home: Path) -> None:
    """P-01: when migrations fail, their error comes out and nothing is left running."""

    async def refuse(_urls: object) -> None:
        raise ValueError("no such migration")

    with pytest.raises(ValueError, match="no such migration"):
        await supervise(Plan(home, prepare=refuse))
    assert processes_of(home) == []


async def test_servers_apart_live_as_long_as_their_caller(home: Path) -> None:
    """P-02: the servers of a test run go with it, also when it is killed."""
    with servers_apart(home) as servers:
        assert supervisor_of(home) is not None
        with pytest.raises(AlreadyRunning):
            await start_servers(home).__aenter__()
    assert processes_of(home) == []
    caller = """
import json, sys, time
from fourfold.serve.supervisor.supervise import servers_apart
with servers_apart(sys.argv[1]) as servers:
    print(json.dumps(dict(servers.urls)), flush=True)
    time.sleep(3600)
"""
    command = [sys.executable, "-c", caller, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as run:  # noqa: ASYNC220 - alone here
        assert run.stdout is not None
        assert json.loads(run.stdout.readline()) == servers.urls
        run.kill()
    eventually(lambda: processes_of(home) == [])


async def test_cancelling_stops_everything(home: Path) -> None:
    """P-01: a cancelled supervisor leaves as orderly as one that was signalled."""
    started = asyncio.Event()

    async def note(_urls: object) -> None:
        started.set()

    running = asyncio.create_task(supervise(Plan(home, on_ready=note)))
    await started.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert processes_of(home) == []
    assert supervisor_of(home) is None
