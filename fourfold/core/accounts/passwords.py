"""Passwords: Argon2id at a cost that a sign-in can bear, and the ones that everybody tries first."""

import asyncio
import os

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fourfold.ground.refusals import FieldError, Invalid

# 19 MiB, two passes, one lane: what OWASP's password storage cheat sheet gives as a minimum; about 57 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = asyncio.Semaphore(max(1, (os.cpu_count() or 2) - 1))
# The hash of a random password, of the same cost as all others: checked when there is no account, for the same time.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$xIYCRNK7lja2IR9unbnfOw$eG0Nm5OG7dxmC1ujfOanWoqCI3jwVPA1uHiyIfFrGSc"

# Passwords of eight characters and more from the lists that are tried first.
COMMON = frozenset(
    """
    password password1 password12 password123 passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890 0123456789
    qwertyuiop qwerty123 qwertyui asdfghjkl zxcvbnm1 1q2w3e4r 1qaz2wsx letmein1 iloveyou sunshine princess football
    baseball superman batman123 trustno1 welcome1 welcome123 admin123 administrator abc12345 abcd1234 11111111 00000000
    87654321 987654321 changeme changeme1 computer internet whatever starwars michael1 jordan23 liverpool charlie1
    """.split()  # noqa: SIM905 - a list literal would take fifty lines
)


class WeakPassword(Invalid):
    """422: a password that others try first."""

    code = "core.weak_password"
    title = "This password is too easy to guess"


def refuse_weak_password(password: str, email: str, name: str) -> None:
    """Raises `WeakPassword` for a common password, or one made of the person's own address or name."""
    plain = password.lower()
    if plain in COMMON or plain in (email.lower(), name.lower()) or len(set(plain)) < 3:  # noqa: PLR2004 - aaaaaaaa, abababab
        raise WeakPassword(errors=[FieldError("password", "Choose one that is not common and not your own name.")])


async def hash_password(password: str) -> str:
    """The Argon2id hash; computed in a thread, few at once."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; without a hash the same time is spent for nothing."""
    async with _at_once:
        return await asyncio.to_thread(_verify, password_hash or _NOBODY, password) and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
