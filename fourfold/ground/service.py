"""A service as data: what one deployable system brings along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import APIRouter

from fourfold.ground.collection import Collection
from fourfold.ground.configuration import Setting
from fourfold.ground.durable import Job
from fourfold.ground.house import House
from fourfold.ground.onboarding import Step
from fourfold.ground.personal import PersonalData
from fourfold.ground.reactions import Reactions
from fourfold.ground.sealing import SealedPlace


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is run again and again in each tenant: once for each period, however many workers there are.

    `due` names a function of the database that tells which tenants have something to be done, by the time that it is
    and the time of the last period (NULL before the first): without work nothing is enqueued.
    """

    job: Job
    every: timedelta
    due: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What can be deployed alone: its routes, what it does in the background, and who may do what.

    `permissions` maps each permission to the built-in roles that hold it; `answers` maps a port of `contracts` to a
    function that makes its near answer; `migrations` names the lines of migrations that it needs;
    `sealed` lists the columns that hold sealed fields; `collections` are those of its documents; `mounts` maps the
    beginning of paths to the application that serves all below it, as "module:function": it is loaded when somebody
    comes, and the function is given the house and what says who sent a request.
    """

    name: str
    summary: str
    routers: Sequence[APIRouter]
    permissions: Mapping[str, frozenset[str]]
    reactions: Sequence[Reactions] = ()
    jobs: Sequence[Job] = ()
    schedules: Sequence[Schedule] = ()
    answers: Mapping[type, Any] = field(default_factory=dict)
    migrations: Sequence[str] = ()
    settings: Sequence[Setting[Any]] = ()
    personal: Sequence[PersonalData] = ()
    steps: Sequence[Step] = ()
    sealed: Sequence[SealedPlace] = ()
    collections: Sequence[Collection] = ()
    mounts: Mapping[str, str] = field(default_factory=dict)


def neighbours_of(services: Sequence[Service], house: House) -> dict[type, Any]:
    """The near answers of the services, made for this house."""
    return {port: make(house) for service in services for port, make in service.answers.items()}


def sealed_places_of(services: Sequence[Service]) -> list[SealedPlace]:
    """The columns of all these services that hold sealed fields."""
    return [place for service in services for place in service.sealed]


def collections_of(services: Sequence[Service]) -> list[Collection]:
    """The collections of documents of all these services."""
    return [collection for service in services for collection in service.collections]
