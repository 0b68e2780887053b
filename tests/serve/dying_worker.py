"""A worker as a process that kills itself at a point which it is told."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

import asyncpg

from fourfold.core.audit import tables
from fourfold.ground.db import Connection
from fourfold.ground.logs import set_up_logs
from fourfold.ground.settings import load_settings
from fourfold.ground.work import Work
from fourfold.serve.worker.attempt import Attempt
from fourfold.serve.worker.lane import Lane, Told
from fourfold.serve.worker.relay import Relay
from fourfold.serve.worker.worker import run_worker
from tests.serve.workshop import SHOP


def die() -> None:
    """As from `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


async def die_before_send(_relay: Relay, _rows: Sequence[asyncpg.Record]) -> None:
    die()


async def die_before_mark(_relay: Relay, _db: asyncpg.Connection, _rows: Sequence[asyncpg.Record]) -> None:
    die()


reacted = Lane._tell


async def die_before_ack(lane: Lane, fields: dict[bytes, bytes]) -> None:
    await reacted(lane, fields)
    if Told.of(fields).data["value"] == 3:
        die()


async def die_before_end(_attempt: Attempt, _work: Work, _result: object) -> None:
    die()


insert_seals = tables.insert_seals


async def die_before_seal(*_told: object) -> None:
    die()


async def die_after_seal(db: Connection, *told: Any) -> None:
    await insert_seals(db, *told)
    die()


MANNERS: dict[str, tuple[Any, str, Any]] = {
    "before send": (Relay, "send", die_before_send),
    "before mark": (Relay, "mark", die_before_mark),
    "before ack": (Lane, "_tell", die_before_ack),
    "before end": (Attempt, "_write_done", die_before_end),
    "before seal": (tables, "insert_seals", die_before_seal),
    "after seal": (tables, "insert_seals", die_after_seal),
}

if __name__ == "__main__":
    set_up_logs("warning")
    if sys.argv[1] in MANNERS:
        setattr(*MANNERS[sys.argv[1]])
    asyncio.run(run_worker(load_settings(), [SHOP]))
