"""Hashing passwords: few at once, the others in order, and no endless queue."""

import asyncio

import pytest

from fourfold.core.accounts import passwords
from fourfold.core.accounts.passwords import TooManyPasswords, Turns
from fourfold.ground.door import Door
from tests.security.operations import operations

# Whatever takes a password, a code or a link, or sends one.
GUESSED = {
    "POST /v1/core/accounts", "POST /v1/core/tokens", "POST /v1/core/tokens/confirm",
    "POST /v1/core/accounts/verify-email", "POST /v1/core/password-resets", "POST /v1/core/password-resets/confirm",
    "PUT /v1/core/me/password", "POST /v1/core/me/email", "POST /v1/core/me/email/confirm", "POST /v1/core/me/phone",
    "POST /v1/core/me/phone/confirm",
}  # fmt: skip


async def test_turns_come_in_order_and_end() -> None:
    """P-12: one at once, three may wait; the next is 503 with a time to try again, and later there is room again."""
    turns, order = Turns(1, 3), list[int]()
    gate = asyncio.Event()

    async def hash_one(number: int) -> None:
        async with turns.turn():
            await gate.wait()
            order.append(number)

    tasks = [asyncio.create_task(hash_one(number)) for number in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPasswords) as refusal:
        async with turns.turn():
            pass
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "5")
    tasks[2].cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 1, 3]
    async with turns.turn():
        pass


@pytest.mark.usefixtures("hashes_in_earnest")
async def test_the_loop_goes_on_while_hashing() -> None:
    """P-12: hashing happens beside the loop that serves everybody else, and without a hash nothing fits."""
    ticks = 0
    # A busy machine may wake the loop too seldom beside any one hash; a hash in the loop would let it tick but once.
    for _ in range(3):
        ticks = 0
        hashing = asyncio.create_task(passwords.hash_password("a long phrase nobody guesses"))
        while not hashing.done():
            await asyncio.sleep(0.001)
            ticks += 1
        if ticks > 3:
            break
    assert ticks > 3
    assert await passwords.password_matches(await hashing, "a long phrase nobody guesses")
    assert not await passwords.password_matches(await hashing, "a long phrase nobody guessed")
    assert not await passwords.password_matches(None, "a long phrase nobody guesses")
    assert not await passwords.password_matches("", "a long phrase nobody guesses")
    assert not await passwords.password_matches("no hash", "a long phrase nobody guesses")


def test_guesses_are_limited_by_address() -> None:
    """T21: whoever tries many accounts from one address meets the narrow limit, whatever they guess."""
    doors: dict[str, list[Door]] = {str(each): each.doors for each in operations()}
    assert set(doors) >= GUESSED
    assert [name for name in sorted(GUESSED) if [door.rate for door in doors[name]] != ["sign_in"]] == []
