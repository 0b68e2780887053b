"""The document server that comes with Fourfold: a separate program in an environment of its own, on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import fourfold
from fourfold.serve.supervisor.children import ChildFailed, SystemUser
from fourfold.serve.supervisor.home import make_private, supervisor_of

HOST = "127.0.0.1"
ANSWER_WITHIN = 2.0
LONGEST_ANSWER = 65_536
# Whoever wants the documents of a process that was killed within a transaction waits until the server ends that.
LONGEST_SILENCE = 5
_SERVER = Path(__file__).with_name("mongo_server.py")
PROGRAM = "secantusd-py"
MISSING = (
    "The document server is not installed: make the environment with `make up`, or set FOURFOLD_MONGO_URL to a MongoDB."
)

# {ping: 1, $db: "admin"} as BSON in one OP_MSG: a driver would cost the supervisor 20 MB for this.
_PING = b"\x10ping\0" + struct.pack("<i", 1) + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
_DOCUMENT = struct.pack("<i", len(_PING) + 5) + _PING + b"\0"
_MESSAGE = struct.pack("<iiiiiB", 21 + len(_DOCUMENT), 1, 0, 2013, 0, 0) + _DOCUMENT
_OK = b"\x01ok\0" + struct.pack("<d", 1.0)


@dataclass(frozen=True)
class Mongo:
    """SecantusDB: MongoDB's protocol over WiredTiger, for development and tests; it syncs each commit to its journal.

    Without that it loses acknowledged transactions when it is killed, whatever their write concern says.
    """

    name: ClassVar[str] = "mongo"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    patience: ClassVar[float] = 15.0
    env: ClassVar[Mapping[str, str]] = {}

    def url(self, home: Path) -> str:
        """Address of the database `fourfold`; the port is chosen once, and again when others have taken it."""
        options = "directConnection=true&w=1&journal=true"
        return f"mongodb://{HOST}:{_port_of(home)}/fourfold?{options}"

    def user(self) -> SystemUser | None:
        """Our own."""
        return None

    def argv(self, home: Path) -> list[str]:
        """A small cache, for small data."""
        program = [_python(), "-P", str(_SERVER), str(LONGEST_SILENCE)]
        place = ["--host", HOST, "--port", str(_port_of(home)), "--storage-path", str(home / "mongo")]
        return [*program, *place, "--cache-size", "128M", "--sync-on-commit", "--log-level", "WARNING"]

    async def prepare(self, home: Path) -> None:
        """Make its folder. The port must be free: else the answers of somebody else would be taken for its own."""
        make_private(home)
        make_private(home / "mongo")
        if _is_taken(_port_of(home)):
            raise ChildFailed(f"Port {_port_of(home)}, chosen for the document server, is taken by somebody else.")

    async def ready(self, home: Path) -> bool:
        """Whether it answers a ping."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reader, writer = await asyncio.open_connection(HOST, _port_of(home))
                with contextlib.closing(writer):
                    writer.write(_MESSAGE)
                    size = struct.unpack("<i", await reader.readexactly(4))[0]
                    return _OK in await reader.readexactly(min(size - 4, LONGEST_ANSWER))
        except (OSError, EOFError):
            return False


def _python() -> str:
    """The interpreter that the document server was installed for: of our own environment, else of that in the path."""
    own = Path(fourfold.__file__).parents[1] / ".venv-mongo" / "bin" / "python"
    if own.exists():
        return str(own)
    program = shutil.which(PROGRAM)
    beside = Path(program).resolve().parent / "python" if program else None
    if beside is None or not beside.exists():
        raise ChildFailed(MISSING)
    return str(beside)


def _port_of(home: Path) -> int:
    kept = home / "mongo.port"
    port = int(kept.read_text()) if kept.exists() else None
    if port is None or (_is_taken(port) and supervisor_of(home) is None):
        make_private(home)
        port = _free_port()
        fresh = home / f"mongo.port.{os.getpid()}"
        fresh.write_text(str(port))
        fresh.replace(kept)
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
