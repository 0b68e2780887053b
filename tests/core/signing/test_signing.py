"""Signing keys: which one signs, which still verify, and when the next one is due."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from fourfold.core.access.tokens import BadToken, Claims, TokenReader, issue_token
from fourfold.core.signing.ring import KeyRing, SigningKey
from fourfold.core.signing.rotate import OVERLAP, look_after_keys, rotate_keys
from fourfold.core.signing.rules import is_due, outlived, signer_at
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Running, _copy_template, database_url, sql_in

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_latest_key_whose_time_has_come_signs() -> None:
    """P-13: a key that was published for later does not sign yet; when none has begun, the first one does."""
    keys = {"old": NOON - 5 * HOUR, "new": NOON - HOUR, "next": NOON + HOUR}
    assert signer_at(keys, NOON) == "new"
    assert signer_at(keys, NOON + HOUR) == "next"
    assert signer_at(keys, NOON - 9 * HOUR) == "old"


def test_keys_are_kept_until_their_tokens_have_ended() -> None:
    """P-13: a key is done with when its successor has signed for longer than any token lives."""
    keys = {"old": NOON - 5 * HOUR, "new": NOON - HOUR, "next": NOON + HOUR}
    assert outlived(keys, NOON) == []
    assert outlived(keys, NOON + timedelta(minutes=5)) == ["old"]
    assert outlived(keys, NOON + 3 * HOUR) == ["old", "new"]
    assert outlived({"only": NOON - 999 * HOUR}, NOON) == []


def test_a_rotation_is_due_after_its_days() -> None:
    """P-13: the schedule counts from the newest key; 0 days means never."""
    keys = {"old": NOON - timedelta(days=200), "new": NOON - timedelta(days=89)}
    assert not is_due(keys, NOON, 90)
    assert is_due(keys, NOON + timedelta(days=1), 90)
    assert not is_due(keys, NOON + timedelta(days=900), 0)
    assert not is_due({}, NOON, 90)


@pytest.fixture
async def house(running: Running) -> AsyncIterator[House]:
    """A house with a clock and a database of its own, since its keys are not those of the application under test."""
    database = f"{running.database}_signing"
    await _copy_template(database)
    settings = running.settings.model_copy(update={"postgres_url": database_url(database, "fourfold_app")})
    house = await open_house(settings, ALL, clock=ShiftedClock())
    yield house
    await house.close()
    await sql_in("postgres", f"DROP DATABASE {database} WITH (FORCE)")


def clock_of(house: House) -> ShiftedClock:
    """The clock, to be moved."""
    assert isinstance(house.clock, ShiftedClock)
    return house.clock


def a_token(house: House, key: SigningKey) -> str:
    """A token of nobody, that is good for ten minutes."""
    now = house.clock.now().timestamp()
    return issue_token(key, Claims(new_id(), new_id(), "x", new_id(), "a@x.test", (), now, now + 600))


async def test_a_new_key_is_published_before_it_signs(house: House) -> None:
    """P-13: at first both are in the JWKS and the old one signs; after the overlap the new one does."""
    ring = KeyRing(house)
    await ring.load()
    old = await ring.signer()
    rotated = await rotate_keys(house)
    assert {each["kid"] for each in (await ring.jwks())["keys"]} == {old.id, rotated.id}
    assert (await ring.signer()).id == old.id
    clock_of(house).advance(OVERLAP + timedelta(seconds=1))
    assert (await ring.signer()).id == rotated.id
    assert jwt.get_unverified_header(a_token(house, await ring.signer()))["kid"] == rotated.id


async def test_an_old_key_verifies_until_its_tokens_have_ended(house: House) -> None:
    """P-13: its tokens are good to their end; afterwards the key is retired, and nothing is left that could sign."""
    ring = KeyRing(house)
    await ring.load()
    old = await ring.signer()
    reader, token = TokenReader(ring), a_token(house, old)
    await rotate_keys(house, timedelta())
    clock_of(house).advance(timedelta(minutes=9))
    await look_after_keys(house)
    assert (await reader.claims_in(token, house.clock.now())).tenant_slug == "x"
    clock_of(house).advance(timedelta(minutes=60))
    await look_after_keys(house)
    assert await ring.with_id(old.id) is None
    assert await house.pool.fetchval("SELECT sealed_private FROM core.signing_key WHERE id = $1", old.id) == b""


async def test_a_compromised_key_is_refused_at_once(house: House) -> None:
    """P-13: its tokens are refused in the next moment, those that were verified before too."""
    ring = KeyRing(house)
    await ring.load()
    old = await ring.signer()
    reader, token = TokenReader(ring), a_token(house, old)
    await reader.claims_in(token, house.clock.now())
    rotated = await rotate_keys(house, compromised=True)
    assert rotated.retired == [old.id]
    with pytest.raises(BadToken):
        await reader.claims_in(token, house.clock.now())
    assert (await ring.signer()).id == rotated.id


async def test_the_schedule_rotates_once(house: House) -> None:
    """P-13: after the days there is one new key, however many look for it at once; before them there is none."""
    ring = KeyRing(house)
    await ring.load()
    await look_after_keys(house)
    assert len((await ring.jwks())["keys"]) == 1
    clock_of(house).advance(timedelta(days=house.settings.signing_key_days, seconds=5))
    await asyncio.gather(*(look_after_keys(house) for _ in range(5)))
    assert len((await ring.jwks())["keys"]) == 2
