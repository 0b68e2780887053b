"""The spool: each process writes a short line for each answered request, which later are added up in the database.

A line is written without waiting, and is the operating system's from then on, whatever becomes of the process. As long
as a process writes a file it holds its lock: what is not locked was left by somebody, and is anybody's to read.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from time import monotonic
from uuid import UUID

from fourfold.ground.ids import new_text_id
from fourfold.ground.logs import log
from fourfold.ground.who import Who

ROTATE_AT = 4_194_304
# After a failure to write, nothing is tried for so many seconds.
REST = 10.0
NOBODY = UUID(int=0)

_log = log("fourfold.spool")


class Spool:
    """The file that one process writes; it is made with the first line."""

    def __init__(self, home: Path) -> None:
        """Nothing is opened yet."""
        self.folder = home / "usage"
        self.name = ""
        self._file: int | None = None
        self._size = 0
        self._resting_until = 0.0

    def write(self, line: bytes) -> None:
        """Adds a line; when that fails, the request is served all the same, and it is logged."""
        try:
            if self._file is None or self._size >= ROTATE_AT:
                self._open()
            if self._file is not None:
                self._size += os.write(self._file, line)
        except OSError as problem:
            self._resting_until = monotonic() + REST
            self.close()
            _log.warning("requests are not counted for a while", folder=str(self.folder), reason=repr(problem))

    def _open(self) -> None:
        if monotonic() < self._resting_until:
            return
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{socket.gethostname()[:60]}-{os.getpid()}-{new_text_id()}.log"
        # It gets its name when it is locked, so that nobody takes it for one that was left behind.
        draft = self.folder / f"{name}.new"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(self.folder / name)
        self._file, self._size, self.name = file, 0, name

    def close(self) -> None:
        """Leaves the file to whoever reads it."""
        if self._file is not None:
            os.close(self._file)
        self._file, self.name = None, ""

    def files(self) -> list[Path]:
        """All files of this machine, those of other processes too."""
        return sorted(self.folder.glob("*.log")) if self.folder.is_dir() else []


@contextmanager
def left_behind(path: Path) -> Iterator[bool]:
    """Takes a file that nobody writes any more; False when its writer lives, or another one has it in hand."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield path.exists()
    finally:
        os.close(file)


def visit_line(who: Who, hour: int, method: str, route: str, status: int, micros: int) -> bytes:
    """One answered request: the hour since 1970, who asked, for what, and how it ended; the time it took comes last."""
    asker = _asker(who.tenant_id, who.account_id or NOBODY, who.key_id or NOBODY)
    return f"{hour} {asker} {method} {status} {route} {micros}\n".encode()


@lru_cache(4096)
def _asker(tenant_id: UUID, account_id: UUID, key_id: UUID) -> str:
    return f"{tenant_id.hex} {account_id.hex} {key_id.hex}"
