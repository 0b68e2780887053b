"""The data folder of a deployment: its sub-folders, its one supervisor's lock, and the record of what runs."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DEFAULT_HOME = Path(".fourfold")

# Linux takes 107 bytes of socket path, macOS 103.
LONGEST_SOCKET_PATH = 100
LONGEST_SOCKET_NAME = "postgres/.s.PGSQL.5432"

# Whoever only asks whether the lock is held takes it for a moment; a supervisor that starts just then tries again.
LOCK_TRIES = 5
LOCK_PAUSE = 0.05


class AlreadyRunning(Exception):
    """Another supervisor holds this data folder; `pid` names it, or is None when it has not yet written its number."""

    def __init__(self, home: Path, pid: int | None) -> None:
        """Make one line that says what runs where."""
        super().__init__(f"Fourfold already runs on {home} (process {pid or 'unknown'}); stop it first.")
        self.home = home
        self.pid = pid


class UnsafeFolder(Exception):
    """A folder that must be ours alone belongs to somebody else."""


@dataclasses.dataclass(frozen=True)
class ChildRecord:
    """One child process as `run.json` shows it; `born` tells it from a later process with the same number."""

    pid: int | None
    born: str | None
    argv: tuple[str, ...]
    restarts: int
    ready: bool
    stop_signal: int


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """What `run.json` holds: the supervisor, the addresses of its servers and its children by name."""

    pid: int
    home: str
    started_at: str
    port: int | None
    urls: Mapping[str, str]
    children: Mapping[str, ChildRecord]


def home_at(path: str | Path = DEFAULT_HOME) -> Path:
    """Absolute path of a data folder, the same for every way of naming it."""
    return Path(path).expanduser().resolve()


def make_private(folder: Path) -> Path:
    """Create a folder that only its owner may enter; one that exists keeps its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def run_folder(home: Path) -> Path:
    """Where the sockets of a data folder lie: inside it, or in /tmp when its path does not suit.

    It may be too long for a socket, and a comma separates hosts in addresses of PostgreSQL.
    """
    inside = home / "run"
    if "," not in str(inside) and len(os.fsencode(inside / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(f"/tmp/fourfold-{os.geteuid()}-{key}")  # noqa: S108  # checked by make_run_folder


def make_run_folder(home: Path) -> Path:
    """Create the folder for sockets; raise `UnsafeFolder` when somebody else was there first."""
    folder = make_private(run_folder(home))
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise UnsafeFolder(f"{folder} must be a folder that belongs to user {os.geteuid()}.")
    return folder


def log_file(home: Path, name: str) -> Path:
    """Log of one child of this data folder."""
    return home / "logs" / f"{name}.log"


@contextlib.contextmanager
def holding(home: Path) -> Iterator[None]:
    """Be the only supervisor of a data folder; raise `AlreadyRunning` when there is one.

    The lock goes with the process, however it ends: a file left behind by a killed supervisor locks nobody out.
    """
    make_private(home)
    held = os.open(home / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for _ in range(LOCK_TRIES):
            if _locked(held, fcntl.LOCK_EX):
                break
            time.sleep(LOCK_PAUSE)
        else:
            raise AlreadyRunning(home, _pid_in(held))
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(held)


def supervisor_of(home: Path) -> int | None:
    """Process number of the living supervisor of a data folder, or None."""
    try:
        asked = os.open(home / "supervisor.lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(asked, fcntl.LOCK_SH) else _pid_in(asked)
    finally:
        os.close(asked)


def write_run(home: Path, record: RunRecord) -> None:
    """Replace `run.json` in one step, so that a reader never sees half of it."""
    fresh = home / "run.json.fresh"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(dataclasses.asdict(record), file, indent=2)
    fresh.replace(home / "run.json")


def read_run(home: Path) -> RunRecord | None:
    """What `run.json` says, or None; after a kill it tells of the past, so ask `supervisor_of` too."""
    try:
        raw: dict[str, Any] = json.loads((home / "run.json").read_bytes())
        children = {
            name: ChildRecord(**{**child, "argv": tuple(child["argv"])}) for name, child in raw["children"].items()
        }
        return RunRecord(**{**raw, "children": children})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def forget_run(home: Path) -> None:
    """Remove `run.json` after everything has stopped."""
    (home / "run.json").unlink(missing_ok=True)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(descriptor: int) -> int | None:
    written = os.pread(descriptor, 20, 0)
    return int(written) if written.isdigit() else None
