"""A person verifies a telephone number by the digits of a text message."""

from datetime import timedelta
from math import ceil
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from fourfold.contracts.core import Tenants
from fourfold.core.access.step_up import must_be_fresh
from fourfold.core.accounts import credentials
from fourfold.core.accounts.queries import lock_account
from fourfold.core.codes.issue import issue_digits
from fourfold.core.codes.queries import codes_since
from fourfold.core.codes.rules import VERIFY_PHONE
from fourfold.core.codes.use import use_checked, use_digits
from fourfold.core.notices.texts import TextMessage, send_text
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import TooMany
from fourfold.ground.work import Desk, Work

# Each message costs, and some numbers earn by it.
MOST_AN_HOUR = 5
BETWEEN = timedelta(seconds=30)


PhoneNumber = Annotated[
    str,
    Field(max_length=40),
    AfterValidator(credentials.international),
    WithJsonSchema({"type": "string", "maxLength": 40, "examples": ["+49 151 23456789"]}),
]


class AskPhone(BaseModel):
    """The number to be verified, with its country."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    phone: PhoneNumber


class ConfirmPhone(BaseModel):
    """The six digits of the message."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: str = Field(max_length=6, pattern=r"^[0-9]{6}$", examples=["012345"])


class TooManyMessages(TooMany):
    """429: enough messages have been sent for now; `Retry-After` says when there may be another."""

    code = "core.too_many_messages"
    title = "Wait before another message is sent"


async def ask_phone(work: Work, ask: AskPhone) -> None:
    """Sends six digits to the number; raises `TooManyMessages` and `StepUpRequired`."""
    must_be_fresh(work)
    # One after the other, so that they can be counted.
    await lock_account(work.db, work.who.account)
    made = await codes_since(work.db, work.who.account, VERIFY_PHONE.name, work.now - timedelta(hours=1))
    free_at = made[-1] + BETWEEN if made else work.now
    if len(made) >= MOST_AN_HOUR:
        free_at = made[-MOST_AN_HOUR] + timedelta(hours=1)
    if free_at > work.now:
        wait = ceil((free_at - work.now).total_seconds())
        raise TooManyMessages(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    digits = await issue_digits(work, VERIFY_PHONE, work.who.account, ask.phone)
    data = {"tenant": tenant.name, "code": digits}
    await send_text(work, TextMessage(f"verify-phone:{new_id()}", ask.phone, "core/recovery/verify_phone", data))


async def confirm_phone(desk: Desk, ask: ConfirmPhone) -> None:
    """Keeps the number that the digits were sent to; raises `InvalidCode`, after five failures for any digits."""
    code_id = await use_digits(desk, VERIFY_PHONE, desk.who.account, ask.code)
    async with desk.work() as work:
        used = await use_checked(work, VERIFY_PHONE, code_id, ask.code)
        work.note("core.recovery.phone_verified", f"account:{used.account_id}")
        await credentials.set_phone(work, used.account_id, used.carried)
