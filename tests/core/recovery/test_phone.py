"""Telephone numbers: valid ones, verified by digits that few guesses and little time are given for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.people import digits_for
from tests.conftest import Caller, Tenant

NUMBER = "+4915123456789"


def wrong(digits: str) -> str:
    """Other digits."""
    return f"{(int(digits) + 1) % 1_000_000:06}"


def confirm(member: Caller, digits: str) -> int:
    """The status of a confirmation."""
    return member.post("/v1/core/me/phone/confirm", json={"code": digits}).status_code


def test_a_number_is_verified(tenant: Tenant, admin_sql: Any) -> None:
    """P-12: digits arrive, are good once, and the number is kept sealed; only a hint of it is shown."""
    member = tenant.sign_up()
    assert member.post("/v1/core/me/phone", json={"phone": "+49 (151) 2345-6789"}).status_code == 202
    digits = digits_for(tenant, NUMBER)
    assert member.get("/v1/core/me").json()["phone"] is None
    assert confirm(member, digits) == 204
    assert confirm(member, digits) == 400
    me = member.get("/v1/core/me").json()
    assert (me["phone"], me["phone_verified"]) == ("+49•••••••••89", True)
    row = admin_sql("SELECT to_jsonb(a)::text AS text, phone_sealed FROM core.account a WHERE id = $1", me["id"])[0]
    assert "15123456789" not in row["text"]
    assert b"15123456789" not in row["phone_sealed"]
    codes = admin_sql("SELECT to_jsonb(c)::text AS text FROM core.one_time_code c WHERE account_id = $1", me["id"])
    assert not [each for each in codes if digits in each["text"] and "15123456789" in each["text"]]
    assert member.delete("/v1/core/me/phone").status_code == 204
    assert member.get("/v1/core/me").json()["phone"] is None


def test_digits_are_not_guessed(tenant: Tenant) -> None:
    """T24: five wrong guesses, one after the other or all at once, and the right digits are refused too."""
    member = tenant.sign_up()
    member.post("/v1/core/me/phone", json={"phone": NUMBER})
    digits = digits_for(tenant, NUMBER)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: confirm(member, wrong(digits)), range(8))) == {400}
    assert confirm(member, digits) == 400


def test_digits_are_used_once_by_many(tenant: Tenant) -> None:
    """T24: four who send the right digits at once are one."""
    member = tenant.sign_up()
    member.post("/v1/core/me/phone", json={"phone": NUMBER})
    digits = digits_for(tenant, NUMBER)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: confirm(member, digits), range(4))) == [204, 400, 400, 400]


def test_digits_expire_and_belong_to_one(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: they are nobody else's, end with newer ones, and after ten minutes."""
    member, other = tenant.sign_up(), tenant.sign_up()
    member.post("/v1/core/me/phone", json={"phone": NUMBER})
    first = digits_for(tenant, NUMBER)
    assert confirm(other, first) == 400
    clock.advance(timedelta(seconds=31))
    member.post("/v1/core/me/phone", json={"phone": NUMBER})
    second = digits_for(tenant, NUMBER)
    assert first == second or confirm(member, first) == 400
    clock.advance(timedelta(minutes=11))
    fresh = tenant.sign_in(member.email)
    assert confirm(fresh, second) == 400


def test_messages_are_few(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-12: half a minute between two messages, and five an hour."""
    member = tenant.sign_up()
    assert member.post("/v1/core/me/phone", json={"phone": NUMBER}).status_code == 202
    soon = member.post("/v1/core/me/phone", json={"phone": NUMBER})
    assert (soon.status_code, soon.json()["code"]) == (429, "core.too_many_messages")
    assert 1 <= int(soon.headers["Retry-After"]) <= 30
    for _ in range(4):
        clock.advance(timedelta(seconds=31))
        assert member.post("/v1/core/me/phone", json={"phone": NUMBER}).status_code == 202
    clock.advance(timedelta(seconds=31))
    assert int(member.post("/v1/core/me/phone", json={"phone": NUMBER}).headers["Retry-After"]) > 3000


@pytest.mark.parametrize("phone", ["", "015123456789", "+49", "+999123456789", "+4912", "abc", "+" + "4" * 60, None, 1])
def test_what_is_no_number(tenant: Tenant, phone: object) -> None:
    """P-21: what is no number, or has no country, is 422 and named."""
    answer = tenant.owner.post("/v1/core/me/phone", json={"phone": phone})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "phone")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\uff11" * 6, None])
def test_what_are_no_digits(tenant: Tenant, code: object) -> None:
    """P-21: six digits, or 422."""
    assert tenant.owner.post("/v1/core/me/phone/confirm", json={"code": code}).status_code == 422
