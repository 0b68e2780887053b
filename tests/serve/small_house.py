"""A deployment in small, run as a program by the tests: two servers, one preparation and two idle processes."""

import asyncio
import logging
import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import uvloop

from fourfold.serve.supervisor.children import Child, ChildFailed
from fourfold.serve.supervisor.embedded import servers_named
from fourfold.serve.supervisor.home import AlreadyRunning
from fourfold.serve.supervisor.supervise import Plan, supervise

# Ignores SIGTERM, and has a child of its own.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["/bin/sleep", "3600"]).pid, flush=True)
signal.pause()
"""


async def create_notes(urls: Mapping[str, str]) -> None:
    db = await asyncpg.connect(urls["postgres"])
    await db.execute("CREATE TABLE IF NOT EXISTS note (text text NOT NULL)")
    await db.close()


async def say_ready(urls: Mapping[str, str]) -> None:
    sys.stdout.write(f"ready {len(urls)}\n")
    sys.stdout.flush()


def plan_for(home: Path, manner: str) -> Plan:
    async def has_written() -> bool:
        return (home / "logs" / "stubborn.log").stat().st_size > 0

    idle = Child("idle", ["/bin/sleep", "3600"])
    stubborn = Child(
        # Who does not hurry waits for longer than any test does.
        "stubborn",
        [sys.executable, "-c", STUBBORN],
        ready=has_written,
        log=home / "logs" / "stubborn.log",
        patience=600,
    )
    processes = [idle, stubborn] if manner == "stubborn" else [idle]
    servers = servers_named(["postgres", "valkey"])
    return Plan(home, servers, prepare=create_notes, processes=processes, on_ready=say_ready, port=8000)


def main() -> int:
    home, manner = Path(sys.argv[1]), sys.argv[2]
    if manner == "nobody":
        # Only now: the interpreter itself may lie where others cannot read.
        account = pwd.getpwnam(manner)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    logging.basicConfig(level=logging.INFO)
    run = uvloop.run if manner == "uvloop" else asyncio.run
    try:
        run(supervise(plan_for(home, manner)))
    except (AlreadyRunning, ChildFailed) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
