"""Starts the small house as a program, and asks the system about its processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import redis.asyncio as redis

from fourfold.serve.supervisor.children import birth, command_line
from fourfold.serve.supervisor.home import RunRecord, read_run

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("small_house.py")
LONGEST_START = 60.0


def launch(home: Path, manner: str = "plain") -> subprocess.Popen[str]:
    """The small house on `home`, not yet ready."""
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(home), manner],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def launch_ready(home: Path, manner: str = "plain") -> subprocess.Popen[str]:
    """The small house on `home` once it says that it is ready."""
    house = launch(home, manner)
    assert house.stdout is not None
    if house.stdout.readline() != "ready 2\n":
        house.kill()
        raise AssertionError(house.communicate()[1])
    return house


def end(house: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
    """Send a signal and give the exit code and what was said on stderr."""
    house.send_signal(number)
    _, said = house.communicate(timeout=LONGEST_START)
    return house.returncode, said


def record_of(home: Path) -> RunRecord:
    record = read_run(home)
    assert record is not None
    return record


def pid_of(home: Path, name: str) -> int:
    pid = record_of(home).children[name].pid
    assert pid is not None
    return pid


def processes_of(home: Path) -> list[str]:
    """Commands of all living processes that mention the data folder, the supervisor's own among them."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    living = [pid for pid in numbers if pid != os.getpid() and birth(pid) is not None]
    return [line for line in map(command_line, living) if str(home) in line]


def eventually(is_so: Callable[[], bool], within: float = LONGEST_START) -> None:
    """Wait for another process, which nobody's clock can hurry."""
    latest = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < latest, "did not come about in time"
        time.sleep(0.02)


async def write_note(urls: Mapping[str, str], text: str) -> None:
    """Commit a row, and put a key that Valkey has synced to its file."""
    db = await asyncpg.connect(urls["postgres"])
    await db.execute("INSERT INTO note VALUES ($1)", text)
    await db.close()
    async with redis.Redis.from_url(urls["valkey"]) as valkey:
        await valkey.set(text, "kept")
        assert (await valkey.waitaof(1, 0, 60_000))[0] == 1


async def notes(urls: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Rows in PostgreSQL, keys in Valkey."""
    db = await asyncpg.connect(urls["postgres"])
    rows = {row["text"] for row in await db.fetch("SELECT text FROM note")}
    await db.close()
    async with redis.Redis.from_url(urls["valkey"], decode_responses=True) as valkey:
        return rows, {str(key) for key in await valkey.keys()}
