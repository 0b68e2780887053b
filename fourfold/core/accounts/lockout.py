"""Lock-out: whoever fails to sign in waits longer each time; devices that the owner has used are counted apart.

What is counted is the address that was typed, so that nobody learns whether it has an account.
"""

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

import asyncpg
from fastapi import Request

from fourfold.core.accounts import queries, tables
from fourfold.core.accounts.passwords import matches_in_turn, turn_to_hash
from fourfold.ground.audit import record_security_event
from fourfold.ground.emails import plain_address
from fourfold.ground.house import House
from fourfold.ground.limits import TooManyRequests, limit_in
from fourfold.ground.rates import network_of
from fourfold.ground.refusals import TooMany
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Work, begin, look

# Known devices and old failures are forgotten after these.
DEVICE_KNOWN_FOR = timedelta(days=180)
FAILURES_KEPT_FOR = timedelta(days=2)
STRANGERS = b""
GUESSES = "failed_sign_in"
LOCK_OUT = "core.accounts.lock_out"


class LockedOut(TooMany):
    """429: too many failures for this address; `Retry-After` says when it may be tried again."""

    code = "core.locked_out"
    title = "Too many failed attempts to sign in"


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from."""

    address: str
    user_agent: str


def device_of(request: Request) -> Device:
    """Where a request comes from."""
    return Device(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def _digest(settings: Settings, *parts: bytes) -> bytes:
    return hmac.digest(settings.secret.get_secret_value().encode(), b"\x00".join(parts), hashlib.sha256)[:16]


def _keys(house: House, tenant_id: UUID, email: str, device: Device) -> tuple[bytes, bytes]:
    address = _digest(house.settings, b"address", tenant_id.bytes, plain_address(email).encode("utf-8", "replace"))
    seen = f"{device.address}\n{device.user_agent[:300]}".encode("utf-8", "replace")
    return address, _digest(house.settings, b"device", address, seen)


async def account_with_password(
    house: House, who: Who, email: str, password: str, device: Device
) -> asyncpg.Record | None:
    """The active account with the address, if the password is its own; raises `LockedOut` or `TooManyRequests`.

    Takes the same time whether there is such an account or not. Failures are counted within the turn of hashing, so
    that many attempts at once get no more guesses than one after the other.
    """
    address, seen = _keys(house, who.tenant_id, email, device)
    async with look(house, who) as view:
        # Whoever is locked out does not stand in the queue.
        trial = await queries.sign_in_trial(view.db, address, seen)
        _refuse_while_locked(trial, view.now)
    await _refuse_guessers(house, who, trial, device)
    async with turn_to_hash():
        async with look(house, who) as view:
            account = await queries.account_with_email(view.db, plain_address(email))
            trial = await queries.sign_in_trial(view.db, address, seen)
            _refuse_while_locked(trial, view.now)
        await _refuse_guessers(house, who, trial, device)
        counted = bytes(trial["device"]) if trial is not None else STRANGERS
        fits = await matches_in_turn(account["password_hash"] if account is not None else None, password)
        if account is None or not fits or account["status"] != "active" or account["kind"] != "person":
            async with begin(house, who) as work:
                is_locked = await tables.count_failure(work.db, who.tenant_id, address, counted, work.now)
            await _count_guess(house, who, device)
            if is_locked:
                target = f"account:{account['id']}" if account is not None else ""
                await record_security_event(house, who, LOCK_OUT, target, outcome="denied", reason=LockedOut.code)
            return None
    if trial is not None and trial["failures"]:
        async with begin(house, who) as work:
            await tables.forget_failures(work.db, address, counted)
    return account


def _refuse_while_locked(trial: asyncpg.Record | None, now: datetime) -> None:
    if trial is not None and trial["locked_until"] is not None and trial["locked_until"] > now:
        wait = ceil((trial["locked_until"] - now).total_seconds())
        raise LockedOut(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


async def _refuse_guessers(house: House, who: Who, trial: asyncpg.Record | None, device: Device) -> None:
    # Who tries one account after the other from one address is held up too, but for devices that the owner has used.
    limit = limit_in(house.settings.limit_failed_sign_in)
    if limit is not None and (trial is None or bytes(trial["device"]) == STRANGERS):
        await house.limits.check(who.tenant_id, GUESSES, network_of(device.address), limit)


async def _count_guess(house: House, who: Who, device: Device) -> None:
    limit = limit_in(house.settings.limit_failed_sign_in)
    if limit is not None:
        with suppress(TooManyRequests):
            await house.limits.take(who.tenant_id, GUESSES, network_of(device.address), limit)


async def remember_device(work: Work, email: str, device: Device) -> None:
    """From now on, strangers' failures do not lock out this device."""
    address, seen = _keys(work.house, work.who.tenant_id, email, device)
    await tables.remember_device(work.db, work.who.tenant_id, address, seen, work.now)


async def lift_lock(work: Work, email: str, device: Device) -> None:
    """Forgets all failures and devices of an address, but the device of whoever has just proved that it is theirs."""
    address, _ = _keys(work.house, work.who.tenant_id, email, device)
    await tables.forget_devices(work.db, address)
    await remember_device(work, email, device)
