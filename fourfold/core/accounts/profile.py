"""A person's profile is changed: by themselves, or by an administrator."""

from functools import cache
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

import asyncpg
from babel import Locale
from babel.core import UnknownLocaleError
from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fourfold.core.accounts import tables
from fourfold.core.accounts.queries import NoSuchAccount, account_with_id, lock_account
from fourfold.ground.answers import must_match, tag_of
from fourfold.ground.work import Work


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_language(tag: str) -> str:
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as problem:
        raise ValueError("Give a language such as de or pt-BR.") from problem
    return tag


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError("Give a time zone such as Europe/Berlin.")
    return name


Language = Annotated[
    str,
    Field(max_length=20, pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}$", examples=["de"]),
    AfterValidator(_known_language),
]
TimeZone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"]), AfterValidator(_known_time_zone)]


class EditProfile(BaseModel):
    """What is to change of a profile: what is sent, and nothing else."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field("-", min_length=1, max_length=200, examples=["Ada Lovelace"])
    language: Language | None = None
    time_zone: TimeZone | None = None


def account_tag(row: asyncpg.Record) -> str:
    """The entity tag of an account, over everything that is shown of it."""
    shown = ("id", "email", "name", "status", "roles", "email_verified_at", "phone_hint", "language", "time_zone")
    return tag_of("account", *(row[name] for name in shown))


async def edit_profile(work: Work, request: Request, account_id: UUID, ask: EditProfile) -> asyncpg.Record:
    """Changes what was sent, and gives the account; raises `NoSuchAccount`."""
    await lock_account(work.db, account_id)
    row = await account_with_id(work.db, account_id)
    if row is None:
        raise NoSuchAccount
    must_match(request, account_tag(row))
    changes = ask.model_dump(include=ask.model_fields_set)
    if changes:
        work.changed({name: row[name] for name in changes}, changes)
        await tables.update_profile(work.db, account_id, changes, work.now)
    edited = await account_with_id(work.db, account_id)
    return edited if edited is not None else row
