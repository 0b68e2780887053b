"""Lock-out: guessing gets slower and slower, nobody learns who has an account, and the owner still comes in."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fourfold.core.access.sessions import SignIn, WrongCredentials, sign_in
from fourfold.core.accounts.lockout import LockedOut
from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.clocks import StoppableClock
from tests.builders.people import mail_to, token_in
from tests.conftest import PASSWORD, Running, Tenant


def attempt(tenant: Tenant, email: str, password: str, device: str = "a stranger's") -> httpx.Response:
    """A sign-in from a device."""
    body = {"email": email, "password": password}
    return tenant.visitor.post("/v1/core/tokens", json=body, headers={"User-Agent": device})


def locked(tenant: Tenant, email: str) -> httpx.Response:
    """The first refusal after as many failures as it takes; it holds for a second, so the clock had better stand."""
    for number in range(5):
        assert attempt(tenant, email, f"wrong {number}").status_code == 401
    return attempt(tenant, email, PASSWORD)


@pytest.mark.parametrize("known", [True, False])
def test_guessing_is_locked_out_for_longer_each_time(tenant: Tenant, clock: StoppableClock, known: bool) -> None:
    """T21, T22: after five failures a second, then two, four ..., the same for an address without an account."""
    clock.stop()
    email = tenant.sign_up().email if known else "nobody@nowhere.test"
    answer = locked(tenant, email)
    assert (answer.status_code, answer.json()["code"]) == (429, "core.locked_out")
    waits = []
    for _ in range(4):
        wait = int(attempt(tenant, email, "wrong again").headers["Retry-After"])
        waits.append(wait)
        clock.advance(timedelta(seconds=wait))
        assert attempt(tenant, email, "wrong again").status_code == 401
    assert waits == [1, 2, 4, 8]
    clock.advance(timedelta(days=2))
    assert attempt(tenant, email, "wrong again").status_code == 401
    assert attempt(tenant, email, "wrong again").status_code == 401


def test_a_lock_ends_and_success_begins_anew(tenant: Tenant, clock: StoppableClock) -> None:
    """T21: when the time is over the right password counts, and failures are counted from the beginning."""
    clock.stop()
    email = tenant.sign_up().email
    assert locked(tenant, email.upper()).status_code == 429
    clock.advance(timedelta(seconds=2))
    assert attempt(tenant, email, PASSWORD).status_code == 200
    for number in range(5):
        assert attempt(tenant, email, f"wrong {number}", "another stranger's").status_code == 401


def test_the_owner_comes_in_from_a_known_device(tenant: Tenant, clock: StoppableClock) -> None:
    """T21: strangers' failures lock out neither a device that was used before, nor sessions that are open."""
    clock.stop()
    member = tenant.sign_up()
    signed_in = attempt(tenant, member.email, PASSWORD, "the owner's")
    assert locked(tenant, member.email).status_code == 429
    assert attempt(tenant, member.email, PASSWORD, "the owner's").status_code == 200
    assert attempt(tenant, member.email, PASSWORD).status_code == 429
    assert member.get("/v1/core/me").status_code == 200
    pair = {"refresh_token": signed_in.json()["refresh_token"]}
    assert tenant.visitor.post("/v1/core/tokens/refresh", json=pair).status_code == 200


def test_a_lock_is_in_the_audit_log(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """T21, P-18: the tenant's owner sees whose account was locked."""
    member = tenant.sign_up()
    locked(tenant, member.email)

    def told() -> list[dict[str, Any]]:
        asked = {"action": "core.accounts.lock_out"}
        return list(tenant.owner.get("/v1/business/audit", params=asked).json()["items"])

    (entry,) = eventually(told)
    assert (entry["target"], entry["reason"]) == (f"account:{member.account_id}", "core.locked_out")
    assert member.email not in str(entry)


def test_a_known_device_does_not_guess_for_ever(tenant: Tenant, clock: StoppableClock) -> None:
    """T21: its own failures count too."""
    clock.stop()
    member = tenant.sign_up()
    assert attempt(tenant, member.email, PASSWORD, "the owner's").status_code == 200
    answers = [attempt(tenant, member.email, f"wrong {number}", "the owner's").status_code for number in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_reset_lifts_the_lock(tenant: Tenant, clock: StoppableClock) -> None:
    """T21: whoever reads the account's mail comes in, though strangers go on guessing."""
    clock.stop()
    member = tenant.sign_up()
    assert locked(tenant, member.email).status_code == 429
    tenant.visitor.post("/v1/core/password-resets", json={"email": member.email})
    body = {"token": token_in(mail_to(tenant, member.email, "new password")), "password": "another long phrase"}
    device = {"User-Agent": "the owner's new one"}
    assert tenant.visitor.post("/v1/core/password-resets/confirm", json=body, headers=device).status_code == 204
    assert locked(tenant, member.email).status_code == 429
    assert attempt(tenant, member.email, "another long phrase", "the owner's new one").status_code == 200


@pytest.fixture
async def house(running: Running) -> AsyncIterator[House]:
    """A process of its own."""
    opened = await open_house(running.settings, ALL)
    yield opened
    await opened.close()


async def test_two_hundred_addresses_guess_one_password(tenant: Tenant, house: House) -> None:
    """T21: two hundred wrong passwords from as many addresses are a handful of guesses; the owner comes in."""
    member = tenant.sign_up()
    who = Who(UUID(tenant.id), tenant.slug)
    outcomes = []
    for number in range(200):
        ask = SignIn(email=member.email, password=f"wrong {number}")
        try:
            await sign_in(house, who, ask, "browser", f"198.51.100.{number}")
        except (WrongCredentials, LockedOut) as refusal:
            outcomes.append(refusal.status)
    assert len(outcomes) == 200
    assert outcomes[:5] == [401] * 5
    assert outcomes.count(401) <= 12
    tenant.sign_in(member.email)
