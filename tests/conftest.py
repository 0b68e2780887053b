"""The shipped application on real servers: started once a run, a database for each test process, a tenant a test."""

import asyncio
import atexit
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
import pytest
import structlog
import uvicorn
import uvloop
from hypothesis import HealthCheck
from hypothesis import settings as generated
from pymongo import MongoClient, monitoring

from fourfold.core.accounts.passwords import hash_with
from fourfold.ground.addresses import address_of
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.collection import Collection
from fourfold.ground.ids import new_id
from fourfold.ground.settings import MEMORY_KIB, Settings, load_settings
from fourfold.migrations.run import migrate
from fourfold.serve.supervisor.supervise import servers_apart
from fourfold.serve.web.application import build_app
from fourfold.serve.wiring import open_house
from fourfold.serve.worker.worker import Worker
from fourfold.services import ALL
from tests.builders.clocks import StoppableClock
from tests.builders.tenant_watch import TenantWatch

POSTGRES, VALKEY, MONGO = "FOURFOLD_TEST_POSTGRES", "FOURFOLD_TEST_VALKEY", "FOURFOLD_TEST_MONGO"
TEMPLATE = "fourfold_template"
# Some thousand tests sign in a few times each; those that are about the cost of a hash use `hashes_in_earnest`.
CHEAP_KIB = 64
PASSWORD = "correct horse battery staple"
# As it is shipped. After the five seconds of the library's own the client and the server would part at the same moment.
KEPT_OPEN = 65
Found = TypeVar("Found")
# By itself the library draws each traceback with all variables, for which the application stands still for seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
# Sees each command that goes to the document server from this process.
WATCH = TenantWatch()
monitoring.register(WATCH)

# How long an example takes, and how long it takes to make one, says how busy the machine is and nothing of the code.
generated.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
generated.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands out the tests owns the servers; those that run them only learn the addresses."""
    if hasattr(config, "workerinput") or config.option.collectonly or config.option.help:
        return
    stack = ExitStack()
    home = Path(tempfile.mkdtemp(prefix="fourfold-tests-"))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    servers = stack.enter_context(servers_apart(home))
    for name, server in ((POSTGRES, "postgres"), (VALKEY, "valkey"), (MONGO, "mongo")):
        os.environ[name] = servers.urls[server]
    config.add_cleanup(stack.close)
    asyncio.run(_make_template())


async def _make_template() -> None:
    # The disk need not be waited for here: what a killed process has written, the operating system still holds. The
    # fault tests start deployments of their own, as they are shipped.
    await sql_in("postgres", "ALTER SYSTEM SET fsync = off")
    await sql_in("postgres", "SELECT pg_reload_conf()")
    await sql_in("postgres", f"CREATE DATABASE {TEMPLATE}")
    await migrate(database_url(TEMPLATE))


def database_url(name: str, role: str = "postgres") -> str:
    """The address of a database on the test server."""
    return address_of(os.environ[POSTGRES], role=role, database=name)


def documents_url(name: str) -> str:
    """The address of a database for documents on the test server."""
    return os.environ[MONGO].replace("/fourfold?", f"/{name}?")


async def sql_in(database: str, statement: str, *args: Any) -> list[dict[str, Any]]:
    """Runs a statement as the superuser."""
    connection = await asyncpg.connect(database_url(database))
    try:
        return [dict(row) for row in await connection.fetch(statement, *args)]
    finally:
        await connection.close()


@dataclass(slots=True)
class Caller:
    """Somebody who calls the API: with a token, or as a visitor of a tenant."""

    base: httpx.Client
    headers: dict[str, str]
    email: str = ""
    account_id: str = ""

    def request(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Sends a request with the caller's headers; others may be given."""
        headers = {**self.headers, **rest.pop("headers", {})}
        return self.base.request(method, path, headers=headers, **rest)

    def get(self, path: str, **rest: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **rest)

    def post(self, path: str, **rest: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **rest)

    def put(self, path: str, **rest: Any) -> httpx.Response:
        """PUT."""
        return self.request("PUT", path, **rest)

    def patch(self, path: str, **rest: Any) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", path, **rest)

    def delete(self, path: str, **rest: Any) -> httpx.Response:
        """DELETE."""
        return self.request("DELETE", path, **rest)


@dataclass(slots=True)
class Running:
    """The application and the worker of this test process."""

    url: str
    database: str
    settings: Settings
    clock: ShiftedClock
    client: httpx.Client


@dataclass(slots=True)
class Tenant:
    """A tenant of its own for one test."""

    running: Running
    id: str
    slug: str
    owner: Caller
    visitor: Caller
    members: list[Caller] = field(default_factory=list)

    def sign_in(self, email: str, password: str = PASSWORD) -> Caller:
        """A caller with a fresh session."""
        answer = self.visitor.post("/v1/core/tokens", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        caller = Caller(self.running.client, headers, email)
        caller.account_id = caller.get("/v1/core/me").json()["id"]
        return caller

    def sign_up(self, role: str = "customer", email: str | None = None) -> Caller:
        """A new account with one role, signed in."""
        address = email or f"{role}-{new_id().hex[-8:]}@{self.slug}.test"
        body = {"email": address, "password": PASSWORD, "name": role.title()}
        account = self.visitor.post("/v1/core/accounts", json=body)
        assert account.status_code == 201, account.text
        if role != "customer":
            given = self.owner.put(f"/v1/core/accounts/{account.json()['id']}/roles", json={"roles": [role]})
            assert given.status_code == 200, given.text
        member = self.sign_in(address)
        self.members.append(member)
        return member


class _Loop(threading.Thread):
    """A thread with the event loop that the application and the worker live in."""

    def __init__(self, settings: Settings, clock: ShiftedClock) -> None:
        super().__init__(name="fourfold under test", daemon=True)
        self.settings, self.clock = settings, clock
        self.server: uvicorn.Server | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            uvloop.run(self._live())
        except BaseException as failure:  # noqa: BLE001 - shown by whoever waits for us
            self.failure = failure

    async def _live(self) -> None:
        api = await open_house(self.settings, ALL, clock=self.clock)
        worker_house = await open_house(self.settings, ALL, clock=self.clock, as_worker=True)
        app = build_app(self.settings, ALL, api)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.settings.port, log_level="warning", lifespan="on",
            timeout_keep_alive=KEPT_OPEN,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        stop = asyncio.Event()
        worker = asyncio.create_task(Worker(worker_house, ALL).run(stop))
        await self.server.serve()
        stop.set()
        await worker
        await worker_house.close()


def _free_port() -> int:
    # Held until the tests end, so that nobody else is given it before a server of ours listens there, as both allow.
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    atexit.register(probe.close)
    return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """The application over real HTTP, with its worker, on a database of this test process."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    database = f"fourfold_{name}"
    asyncio.run(_copy_template(database))
    home = Path(tempfile.mkdtemp(prefix="fourfold-test-"))
    clock = StoppableClock()
    settings = load_settings(
        home=home,
        port=_free_port(),
        postgres_url=database_url(database, "fourfold_app"),
        postgres_worker_url=database_url(database, "fourfold_worker"),
        password_memory_kib=CHEAP_KIB,
        mongo_url=documents_url(database),
        fetch_hosts="localhost",
        valkey_url=f"{os.environ[VALKEY].partition('?')[0]}?db={int(name[2:])}",
    )
    thread = _Loop(settings, clock)
    thread.start()
    client = httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", timeout=60)
    _until_ready(client, thread)
    yield Running(str(client.base_url), database, settings, clock, client)
    client.close()
    if thread.server is not None:
        thread.server.should_exit = True
    thread.join(timeout=20)
    shutil.rmtree(home, ignore_errors=True)


async def _copy_template(database: str) -> None:
    # Only one copy can be made at a time.
    await sql_in("postgres", f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    deadline = time.monotonic() + 60
    while True:
        try:
            await sql_in("postgres", f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
        except asyncpg.ObjectInUseError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


@pytest.fixture
def documents_of(running: Running) -> Callable[..., list[dict[str, Any]]]:
    """All documents of a collection that a tenant has, as they are stored: to look where no caller can."""

    def look(tenant: Tenant, collection: Collection) -> list[dict[str, Any]]:
        with MongoClient[dict[str, Any]](documents_url(running.database), uuidRepresentation="standard") as client:
            raw = client.get_default_database()[collection.name]
            return list(raw.find({"t": UUID(tenant.id)}, sort=[("_id", 1)]))

    return look


def _until_ready(client: httpx.Client, thread: _Loop) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if thread.failure is not None:
            raise thread.failure
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    message = "the application did not become ready"
    raise TimeoutError(message)


def _open_tenant(running: Running) -> Tenant:
    slug = f"t{new_id().hex[-12:]}"
    owner = {"email": f"owner@{slug}.test", "password": PASSWORD, "name": "Owner"}
    answer = running.client.post("/v1/core/tenants", json={"name": slug.title(), "slug": slug, "owner": owner})
    assert answer.status_code == 201, answer.text
    visitor = Caller(running.client, {"X-Tenant": slug})
    tenant = Tenant(running, answer.json()["id"], slug, visitor, visitor)
    tenant.owner = tenant.sign_in(owner["email"])
    return tenant


@pytest.fixture
def hashes_in_earnest() -> Iterator[None]:
    """Passwords cost what they cost in production, for accounts that are made from here on."""
    hash_with(MEMORY_KIB)
    yield
    hash_with(CHEAP_KIB)


@pytest.fixture
def tenant(running: Running) -> Tenant:
    """A fresh tenant."""
    return _open_tenant(running)


@pytest.fixture
def other_tenant(running: Running) -> Tenant:
    """A second fresh tenant, which must see nothing of the first."""
    return _open_tenant(running)


@pytest.fixture
def clock(running: Running) -> Iterator[StoppableClock]:
    """The clock of the application and the worker; put back after the test."""
    assert isinstance(running.clock, StoppableClock)
    yield running.clock
    running.clock.put_back()


def wait(clock: ShiftedClock, admin_sql: Callable[..., Any], by: timedelta) -> None:
    """Lets the time pass, and the schedules know nothing of a later time that another test has been at."""
    clock.advance(by)
    admin_sql("DELETE FROM ground.schedule")


def in_time(begin: Callable[[], Callable[[], bool]], seconds: float) -> None:
    """What is promised within so many seconds, begun anew up to three times: a busy machine may hold up any one try."""
    for _ in range(3):
        has_come = begin()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if has_come():
                return
            time.sleep(0.02)
    pytest.fail(f"it did not happen within {seconds} s, three times")


@pytest.fixture
def eventually() -> Callable[..., Any]:
    """Asks again and again until the answer is something, and gives it back; a busy machine takes long, so a minute."""

    def ask(check: Callable[[], Found], seconds: float = 60) -> Found:
        deadline = time.monotonic() + seconds
        while True:
            found = check()
            if found or time.monotonic() > deadline:
                assert found, "it did not happen in time"
                return found
            time.sleep(0.05)

    return ask


@pytest.fixture
def admin_sql(running: Running) -> Callable[..., list[dict[str, Any]]]:
    """Runs SQL as the superuser, to arrange what no caller could, and to look where no caller can."""

    def run(statement: str, *args: Any) -> list[dict[str, Any]]:
        return asyncio.run(sql_in(running.database, statement, *args))

    return run


@pytest.fixture(autouse=True)
def no_command_without_its_tenant() -> Iterator[None]:
    """I8: whatever a test does, no command of documents goes out without a tenant."""
    yield
    assert WATCH.taken() == []
