"""The test cards: what the simulated gateway does with each number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fourfold.commerce.payments.provider import ChargeStatus

SOON = timedelta(seconds=1)
SETTLING = timedelta(seconds=2)

Lost = Literal["request", "answer"]


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of a charge.

    `ends_as` is its final state, reached at once or after `settles_after`; `lost` says which way the line breaks;
    events are sent `tell_after` the end, `copies` times, and `tells_late` sends the first one last.
    """

    ends_as: ChargeStatus = "succeeded"
    failure_code: str | None = None
    settles_after: timedelta | None = None
    lost: Lost | None = None
    tells: bool = True
    tell_after: timedelta = SOON
    copies: int = 1
    tells_late: bool = False
    refunds: bool = True


CARDS: Mapping[str, Script] = {
    "4242424242424242": Script(),
    "4000000000000002": Script("failed", "card_declined"),
    "4000000000009995": Script("failed", "insufficient_funds"),
    "4000000000000077": Script(settles_after=SETTLING),
    "4000000000003220": Script("failed", "authentication_failed", settles_after=SETTLING),
    "4000000000000341": Script(lost="answer"),
    "4000000000000119": Script(lost="answer", tells=False),
    "4000000000000127": Script(lost="request"),
    "4000000000000259": Script(settles_after=SETTLING, copies=2),
    "4000000000000036": Script(settles_after=SETTLING, tells_late=True),
    "4000000000000069": Script(settles_after=SETTLING, tell_after=timedelta(hours=1)),
    "4000000000005126": Script(refunds=False),
}
UNKNOWN = Script("failed", "test_card_unknown")

_BY_LAST_DIGITS = {number[-4:]: script for number, script in CARDS.items()}


def script_of(card: str) -> Script:
    """What happens to a charge of this card; numbers that are not test cards are declined."""
    return CARDS.get(card, UNKNOWN)


def script_of_digits(last_digits: str) -> Script:
    """The same by the last four digits, which are all that the books keep."""
    return _BY_LAST_DIGITS.get(last_digits, UNKNOWN)
