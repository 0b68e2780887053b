"""A deployment on one machine: which servers come along, which processes run, and how they find each other."""

import asyncio
import shutil
import socket
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from fourfold.ground.addresses import address_of
from fourfold.ground.settings import Settings
from fourfold.serve.supervisor.children import Child, ChildFailed, spawn
from fourfold.serve.supervisor.embedded import SERVERS, EmbeddedServer
from fourfold.serve.supervisor.supervise import Plan
from fourfold.serve.supervisor.welcome import say_welcome

DATABASE = "fourfold"
# The systems with collections of documents, by name: the supervisor does not load them all to find out.
DOCUMENT_SYSTEMS = frozenset({"social"})
BACKLOG = 2048


class PortTaken(OSError):
    """Something else listens on the port."""


def servers_needed(settings: Settings) -> list[EmbeddedServer]:
    """The embedded servers: those for which no address is set."""
    given = {"postgres": settings.postgres_url, "valkey": settings.valkey_url, "mongo": settings.mongo_url}
    if not keeps_documents(settings):
        given["mongo"] = "nobody asks for it"
    return [server for server in SERVERS if given.get(server.name) is None]


def keeps_documents(settings: Settings) -> bool:
    """Whether one of the systems served here keeps documents."""
    return not settings.system_names or not DOCUMENT_SYSTEMS.isdisjoint(settings.system_names)


def addresses_of(settings: Settings) -> dict[str, str]:
    """The addresses of the servers, given or embedded, as environment variables for the processes."""
    home = settings.home
    embedded = {server.name: server.url(home) for server in servers_needed(settings)}
    admin = settings.postgres_admin_url or embedded.get("postgres")
    env = {
        "FOURFOLD_HOME": str(home),
        "FOURFOLD_PORT": str(settings.port),
        "FOURFOLD_VALKEY_URL": settings.valkey_url or embedded["valkey"],
    }
    if "postgres" in embedded:
        admin = address_of(embedded["postgres"], role="postgres", database=DATABASE)
        env["FOURFOLD_POSTGRES_URL"] = address_of(admin, role="fourfold_app", database=DATABASE)
        env["FOURFOLD_POSTGRES_WORKER_URL"] = address_of(admin, role="fourfold_worker", database=DATABASE)
    else:
        env["FOURFOLD_POSTGRES_URL"] = settings.postgres_url or ""
        env["FOURFOLD_POSTGRES_WORKER_URL"] = settings.postgres_worker_url or settings.postgres_url or ""
    if admin is not None:
        env["FOURFOLD_POSTGRES_ADMIN_URL"] = admin
    if mongo := settings.mongo_url or embedded.get("mongo"):
        env["FOURFOLD_MONGO_URL"] = mongo
    return env


def listen_on(host: str, port: int) -> socket.socket:
    """The listening socket: it stays open here, so that a restarting API process refuses nobody."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as problem:
        listening.close()
        reason = f"port {port} on {host} is taken; set FOURFOLD_PORT to another"
        raise PortTaken(reason) from problem
    listening.listen(BACKLOG)
    listening.set_inheritable(True)
    return listening


def plan_of(settings: Settings, listening: socket.socket) -> Plan:
    """Everything on one machine: embedded servers, migrations, API processes, a worker."""
    if settings.env == "production" and keeps_documents(settings) and settings.mongo_url is None:
        raise ChildFailed("production does not use embedded servers: set FOURFOLD_MONGO_URL")
    env = addresses_of(settings)
    figures = _empty_folder(settings.home / "metrics")
    shared = {**env, "PROMETHEUS_MULTIPROC_DIR": str(figures)}

    async def prepare(_urls: Mapping[str, str]) -> None:
        process = await spawn(Child("prepare", _command("prepare"), env=env))
        if await process.wait():
            reason = "the database could not be prepared"
            raise ChildFailed(reason)

    async def tell(_urls: Mapping[str, str]) -> None:
        say_welcome(settings)

    async def answers() -> bool:
        return await _answers(settings)

    fd, systems = listening.fileno(), settings.system_names
    apis = [
        Child(
            f"api-{number}",
            _command("serve", *systems, "--listen-fd", str(fd)),
            env=shared,
            ready=answers,
            pass_fds=(fd,),
        )
        for number in range(1, settings.workers + 1)
    ]
    # On one machine people go first: what the worker does can wait a moment, an answer cannot.
    worker = Child("worker", _command("worker", *systems), env=shared, patience=20.0, nice=10)
    return Plan(settings.home, servers_needed(settings), prepare, [worker, *apis], tell, settings.port)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "fourfold.cli", *words]


def _empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    return path


async def _answers(settings: Settings) -> bool:
    def ask() -> bool:
        try:
            with urlopen(f"http://{settings.host}:{settings.port}/readyz", timeout=1) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    return await asyncio.to_thread(ask)
