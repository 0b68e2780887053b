"""A service of routes that fail on purpose, beside the shipped ones, on a pool of two connections."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends
from pydantic import BaseModel

from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.service import Service
from fourfold.ground.work import Desk, View, Work
from fourfold.serve.web.application import build_app
from fourfold.serve.wiring import move_in, move_out, open_house
from fourfold.services import ALL
from tests.conftest import Running

SECRET = "SELECT password_hash FROM /etc/fourfold"
router = room_router("/v1/trials", "trials")
Writing = Annotated[Work, may("core:me:write")]
Reading = Annotated[View, may("core:me:read", opens=View)]


class Deliberate(Exception):
    """What nobody expects."""


class Names(BaseModel):
    """The names of all accounts that are seen."""

    names: list[str]
    addresses: list[str]


async def seen(db: Any) -> Names:
    rows = await db.fetch("SELECT name, email FROM core.account ORDER BY id")
    return Names(names=[row["name"] for row in rows], addresses=[row["email"] for row in rows])


@router.get("/names", summary="Read all accounts", responses=problems(401, 403))
async def names_here(view: Reading) -> Names:
    """All accounts, without asking for any tenant in the statement."""
    return await seen(view.db)


@router.post("/failures", summary="Fail half-way", responses=problems(401, 403))
async def fail_here(work: Writing) -> None:
    """Writes, and falls over before the commit."""
    await work.db.execute("UPDATE core.account SET name = 'half done'")
    raise Deliberate(SECRET)


@router.post("/broken", summary="Fail in the database", responses=problems(401, 403))
async def break_here(work: Writing) -> None:
    """Writes, and makes PostgreSQL abort the transaction."""
    await work.db.execute("UPDATE core.account SET name = 'half done'")
    await work.db.execute("SELECT secret_column FROM core.account")


@router.post("/twice", summary="Commit and read again", responses=problems(401, 403))
async def twice_here(desk: Annotated[Desk, may("core:me:write", opens=Desk)]) -> list[Names]:
    """Reads, commits, and reads again in the same request."""
    async with desk.work() as work:
        before = await seen(work.db)
    async with desk.work() as work:
        return [before, await seen(work.db)]


async def _failing_dependency() -> None:
    raise Deliberate(SECRET)


@router.get("/dependency", summary="Fail before the handler", responses=problems(401, 403))
async def dependency_here(view: Reading, nothing: Annotated[None, Depends(_failing_dependency)]) -> None:
    """Never reached."""


@router.get("/answer", summary="Fail after the handler", responses=problems(401, 403))
async def answer_here(view: Reading) -> Names:
    """Answers what its shape does not allow."""
    return {"names": SECRET}  # type: ignore[return-value]  # that is the point


trials = Service("trials", "Routes that fail on purpose.", routers=[router], permissions={})


@asynccontextmanager
async def narrow_app(running: Running, size: int = 2) -> AsyncIterator[httpx.AsyncClient]:
    """The application with the trials, in this loop, with a pool of so many connections to the same database."""
    settings = running.settings.model_copy(update={"postgres_pool": size})
    house = await open_house(settings, ALL)
    app = build_app(settings, (*ALL, trials), house)
    task = await move_in(app, house, ALL)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
        yield client
    await move_out(house, task)
