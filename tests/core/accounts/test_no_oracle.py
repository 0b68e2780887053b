"""Nobody learns from status, shape or time whether an address has an account."""

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

ROUNDS = 10
# A machine that does other things as well blurs a quarter; what is to be hidden, a hash, would be more than double.
TOLERANCE = 1.25

Send = Callable[[str], httpx.Response]


def medians(known: list[str], unknown: list[str], send: Send) -> tuple[float, float]:
    """The middle times of both, sent in turn; status and shape are the same each time.

    Each is as often behind the other as behind itself: what the worker does for one may slow down the next.
    """
    seconds: dict[bool, list[float]] = {True: [], False: []}
    shapes = set()
    for number, (one, other) in enumerate(zip(known, unknown, strict=True)):
        for is_known in (True, False) if number % 2 else (False, True):
            began = time.perf_counter()
            answer = send(one if is_known else other)
            seconds[is_known].append(time.perf_counter() - began)
            shapes.add((answer.status_code, *sorted(answer.json()), answer.json().get("code")))
    assert len(shapes) == 1
    return statistics.median(seconds[True]), statistics.median(seconds[False])


def alike(known: list[str], unknown: Callable[[], list[str]], send: Send) -> bool:
    """Whether the times are alike in the best of three tries; a difference that is there is there each time."""
    for _ in range(3):
        first, second = medians(known, unknown(), send)
        if max(first, second) <= TOLERANCE * min(first, second):
            return True
    return False


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
    known = members(tenant)

    def send(email: str) -> httpx.Response:
        return tenant.visitor.post("/v1/core/tokens", json={"email": email, "password": "wrong wrong"})

    assert alike(known, strangers, send)


def test_registering_tells_nothing(tenant: Tenant) -> None:
    """T22: a free address and a taken one."""
    known = members(tenant)

    def send(email: str) -> httpx.Response:
        body = {"email": email, "password": "another long phrase", "name": "Eve"}
        return tenant.visitor.post("/v1/core/accounts", json=body)

    assert alike(known, strangers, send)


def test_asking_for_a_password_tells_nothing(tenant: Tenant) -> None:
    """T22: an address with an account and one without."""
    known = members(tenant)

    def send(email: str) -> httpx.Response:
        return tenant.visitor.post("/v1/core/password-resets", json={"email": email})

    assert alike(known, strangers, send)


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
