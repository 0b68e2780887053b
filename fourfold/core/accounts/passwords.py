"""Passwords: their form, the ones that everybody tries first, and Argon2id without starving anybody else."""

import asyncio
import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BeforeValidator, Field, StringConstraints

from fourfold.ground.refusals import FieldError, Invalid, Unavailable
from fourfold.ground.settings import MEMORY_KIB

# Of a random password, with the default cost.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$xIYCRNK7lja2IR9unbnfOw$eG0Nm5OG7dxmC1ujfOanWoqCI3jwVPA1uHiyIfFrGSc"

# Hashing has half of the machine at most, and yields to everything else; the rest of the requests waits in order.
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
MOST_WAITING = 200
YIELDING = 10
SHORTEST, LONGEST = 8, 1000
FEWEST_DIFFERENT = 3

Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")


def _composed(given: Any) -> Any:
    # One password may be typed as different code points on different keyboards.
    return unicodedata.normalize("NFC", given) if isinstance(given, str) else given


# Spaces at its ends are part of a password.
NewPassword = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=SHORTEST, max_length=LONGEST),
    Field(examples=["a long phrase nobody guesses"]),
    BeforeValidator(_composed),
]
"""A password to be, of 8 to 1000 characters of any script."""
GivenPassword = Annotated[
    str,
    StringConstraints(strip_whitespace=False, max_length=LONGEST),
    Field(examples=["a long phrase nobody guesses"]),
    BeforeValidator(_composed),
]
"""A password that somebody claims is theirs."""


class WeakPassword(Invalid):
    """422: a password that others try first."""

    code = "core.weak_password"
    title = "This password is too easy to guess"


class TooManyPasswords(Unavailable):
    """503: more people wait for their password to be checked than can be served soon."""

    code = "core.too_many_passwords"
    title = "Too many people sign in at once; try again in a few seconds"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


@cache
def _common() -> bytes:
    # One piece of bytes takes a tenth of the memory that a set of texts would, and is searched in microseconds.
    # The entries of 8 characters and more of the lists of Django (BSD) and zxcvbn (MIT), with what people make of them.
    return b"\n" + Path(__file__).with_name("common_passwords.txt").read_bytes()


def is_common(password: str) -> bool:
    """Whether a password is one of those that are tried first, in whatever case."""
    plain = password.casefold().strip()
    return "\n" not in plain and b"\n" + plain.encode("utf-8", "replace") + b"\n" in _common()


def refuse_weak_password(password: str, email: str, name: str) -> None:
    """Raises `WeakPassword` for a common password, or one made of the person's own address or name."""
    plain, address = password.casefold().strip(), email.casefold()
    own = {address, address.partition("@")[0], name.casefold(), "".join(name.casefold().split())}
    if plain in own or len(set(plain)) < FEWEST_DIFFERENT or is_common(plain):  # aaaaaaaa, abababab
        raise WeakPassword(errors=[FieldError("password", "Choose one that is not common and not your own name.")])


def _yield_to_others() -> None:
    if sys.platform == "linux":
        # On Linux this means the thread alone.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), YIELDING)


class Hashing:
    """Argon2id of two passes and one lane, with 19 MiB by default; that takes about 57 ms.

    So much is what OWASP's password storage cheat sheet gives as a minimum. `nobodys` is the hash of a random password
    of the same cost: checked when there is no account, for the same time.
    """

    def __init__(self, memory_kib: int) -> None:
        """Hashes with so many KiB."""
        self.hasher = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1)
        self.memory_kib = memory_kib
        self.nobodys = _NOBODYS if memory_kib == MEMORY_KIB else self.hasher.hash(secrets.token_urlsafe())

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; without a hash the same time is spent for nothing."""
        try:
            self.hasher.verify(password_hash or self.nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(password_hash)


def hash_with(memory_kib: int) -> None:
    """Sets what a hash costs in this process from now on; hashes that are kept tell their own cost."""
    global _hashing  # noqa: PLW0603 - one cost for a process, as it has one queue of hashes
    if _hashing.memory_kib != memory_kib:
        _hashing = Hashing(memory_kib)


class Turns:
    """So many at once, and so many that wait for it in order; whoever comes after them is sent away."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        """Nobody waits yet."""
        self._free = asyncio.Semaphore(at_once)
        self._room = at_once + most_waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn; raises `TooManyPasswords` when too many wait already."""
        if not self._room:
            raise TooManyPasswords
        self._room -= 1
        try:
            async with self._free:
                yield
        finally:
            self._room += 1


_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hashing", initializer=_yield_to_others)
_turns = Turns(AT_ONCE, MOST_WAITING)
_hashing = Hashing(MEMORY_KIB)


def turn_to_hash() -> AbstractAsyncContextManager[None]:
    """A turn among all that hash in this process; raises `TooManyPasswords`."""
    return _turns.turn()


async def hash_password(password: str) -> str:
    """The Argon2id hash. It takes a turn, so no transaction should be open meanwhile."""
    async with turn_to_hash():
        return await _in_thread(_hashing.hasher.hash, password)


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; failures are not counted here. It takes a turn, as hashing does."""
    async with turn_to_hash():
        return await matches_in_turn(password_hash, password)


async def matches_in_turn(password_hash: str | None, password: str) -> bool:
    """The same within a turn that the caller has; without a hash the same time is spent for nothing."""
    return await _in_thread(_hashing.matches, password_hash, password)


async def _in_thread(act: Callable[[*Given], Answer], *given: *Given) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_threads, act, *given)
