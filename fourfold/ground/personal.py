"""Personal data: what each part of Fourfold knows of a person, how it tells it to them, and how it forgets it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.ground.work import View, Work


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data it is: the account, and its address, which stands where no account does.

    Until an address is proven, what is kept under it may be somebody else's.
    """

    account_id: UUID
    email: str
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a person: its name, and its key in storage."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a person in one place, as JSON values, and the files that belong to it."""

    data: Any
    files: Sequence[StoredFile] = ()


async def _nothing_in_the_way(_view: View, _person: Person) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One kind of personal data.

    `fields` maps each column (`schema.table.column`) to what it holds; `kept` says what stays after an erasure, how
    long and why. `erase` says how many rows it has changed, and may be called again; `waits` gives sentences that say
    why it is too early for it.
    """

    name: str
    title: str
    purpose: str
    kept: str
    fields: Mapping[str, str]
    export: Callable[[View, Person], Awaitable[Told]]
    erase: Callable[[Work, Person], Awaitable[int]]
    waits: Callable[[View, Person], Awaitable[Sequence[str]]] = _nothing_in_the_way
