"""Nobody learns from status, shape or time whether an address has an account."""

import math
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fourfold.ground.ids import new_id
from tests.builders.people import mail_to, mails_to, settled_mails
from tests.conftest import PASSWORD, Tenant

pytestmark = pytest.mark.usefixtures("hashes_in_earnest")

ROUNDS = 20
TOLERANCE = 1.10
# A machine that does other things as well blurs the medians of so few rounds: then more are added, and all are counted.
MOST_SERIES = 2
# Medians that are still further apart count when one kind is the slower one of a pair more often than chance has it.
CHANCE = 3.3

Send = Callable[[str], httpx.Response]


def series(known: list[str], send: Send, seconds: dict[bool, list[float]]) -> None:
    """Adds the times of both kinds, sent in turn; status and shape are the same each time.

    Each is as often behind the other as behind itself: what the worker does for one may slow down the next.
    """
    shapes = set()
    for number, (one, other) in enumerate(zip(known, strangers(), strict=True)):
        for is_known in (True, False) if number % 2 else (False, True):
            began = time.perf_counter()
            answer = send(one if is_known else other)
            seconds[is_known].append(time.perf_counter() - began)
            shapes.add((answer.status_code, *sorted(answer.json()), answer.json().get("code")))
    assert len(shapes) == 1


def apart(known: list[float], unknown: list[float]) -> bool:
    """Whether the middle times differ by more than a tenth."""
    first, second = statistics.median(known), statistics.median(unknown)
    return max(first, second) > TOLERANCE * min(first, second)


def lopsided(known: list[float], unknown: list[float]) -> bool:
    """Whether one of the kinds is slower in so many pairs as would come by chance once in a thousand times."""
    slower = sum(first > second for first, second in zip(known, unknown, strict=True))
    return abs(2 * slower - len(known)) > CHANCE * math.sqrt(len(known))


def assert_alike(tenant: Tenant, send: Send) -> None:
    """The middle times are within a tenth of each other, or at least neither kind is the slower one."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(MOST_SERIES):
        series(members(tenant), send, seconds)
        if not apart(seconds[True], seconds[False]):
            return
    assert not lopsided(seconds[True], seconds[False]), [statistics.median(seconds[each]) for each in (True, False)]


def test_a_difference_would_be_found() -> None:
    """T22: a fifth more is found though each time is blurred by as much; the same times are not found to differ."""
    chance = random.Random(1)
    plain, other = ([chance.uniform(1.0, 1.2) for _ in range(ROUNDS * MOST_SERIES)] for _ in range(2))
    slower = [1.2 * each for each in other]
    assert apart(plain, slower)
    assert lopsided(plain, slower)
    assert lopsided(slower, plain)
    assert not apart(plain, other)
    assert not lopsided(plain, other)


def strangers() -> list[str]:
    """Addresses without an account."""
    return [f"nobody-{new_id().hex}@x.test" for _ in range(ROUNDS)]


def members(tenant: Tenant) -> list[str]:
    """Addresses with one."""
    emails = [f"somebody-{new_id().hex}@x.test" for _ in range(ROUNDS)]
    for email in emails:
        body = {"email": email, "password": PASSWORD, "name": "Ada"}
        assert tenant.visitor.post("/v1/core/accounts", json=body).status_code == 201
    return emails


def test_signing_in_tells_nothing(tenant: Tenant) -> None:
    """T22: a wrong password and an unknown address."""

    def send(email: str) -> httpx.Response:
        return tenant.visitor.post("/v1/core/tokens", json={"email": email, "password": "wrong wrong"})

    assert_alike(tenant, send)


def test_registering_tells_nothing(tenant: Tenant) -> None:
    """T22: a free address and a taken one."""

    def send(email: str) -> httpx.Response:
        body = {"email": email, "password": "another long phrase", "name": "Eve"}
        return tenant.visitor.post("/v1/core/accounts", json=body)

    assert_alike(tenant, send)


def test_asking_for_a_password_tells_nothing(tenant: Tenant) -> None:
    """T22: an address with an account and one without."""

    def send(email: str) -> httpx.Response:
        return tenant.visitor.post("/v1/core/password-resets", json={"email": email})

    assert_alike(tenant, send)


def test_the_owner_of_an_address_learns_who_tries(tenant: Tenant) -> None:
    """P-12: an address that is taken gets a mail that says so, once a day; the account stays as it is."""
    (email, *_) = members(tenant)
    first = mail_to(tenant, email, "confirm your e-mail")
    assert len(first["links"]) == 1
    for _ in range(3):
        body = {"email": email, "password": "another long phrase", "name": "Eve"}
        assert tenant.visitor.post("/v1/core/accounts", json=body).status_code == 201
    settled_mails(tenant, tenant.owner)
    assert len(mails_to(tenant, email, "account already")) == 1
    assert len(mails_to(tenant, email)) == 2


def test_twenty_register_one_address_at_once(tenant: Tenant) -> None:
    """P-12: one account comes of it, and twenty answers that look the same."""
    body = {"email": f"all-{new_id().hex}@x.test", "password": PASSWORD, "name": "Ada"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: tenant.visitor.post("/v1/core/accounts", json=body), range(20)))
    assert {(each.status_code, *sorted(each.json())) for each in answers} == {(201, "email", "id", "name", "roles")}
    found = tenant.owner.get("/v1/core/accounts", params={"email": body["email"]}).json()["items"]
    assert len(found) == 1
    assert found[0]["id"] in {each.json()["id"] for each in answers}
