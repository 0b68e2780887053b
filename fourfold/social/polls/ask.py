"""Asking: the poll of a post to be, and another one in its place as long as nobody has voted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid
from fourfold.social.polls.rules import (
    FEWEST_CHOICES,
    LONGEST,
    LONGEST_CHOICE,
    MOST_CHOICES,
    SHORTEST,
    has_ended,
    one_line,
    repeated,
)
from fourfold.social.texts.rules import CONTROLS, TURNING, is_blank


class BadPoll(Invalid):
    """422: the choices are not such that somebody could choose."""

    code = "social.bad_poll"
    title = "Nobody could choose between these"


class PollHasVotes(Conflict):
    """409: whoever has voted has voted on what was asked then."""

    code = "social.poll_has_votes"
    title = "Somebody has voted: the poll stays as it is"


class PollEnded(Conflict):
    """409: the poll is over."""

    code = "social.poll_ended"
    title = "The poll has ended"


Choice = Annotated[str, Field(min_length=1, max_length=LONGEST_CHOICE)]


class AskPoll(BaseModel):
    """A poll to be."""

    model_config = ConfigDict(extra="forbid")

    choices: list[Choice] = Field(
        min_length=FEWEST_CHOICES,
        max_length=MOST_CHOICES,
        description=f"What there is to choose from: all different, each of 1 to {LONGEST_CHOICE} characters.",
        examples=[["Tea", "Coffee"]],
    )
    multiple: bool = Field(False, strict=True, description="Whether one may choose several.")  # noqa: FBT003 - a default
    minutes: int = Field(
        24 * 60,
        ge=SHORTEST,
        le=LONGEST,
        strict=True,
        description="How long one may vote, counted from when the post is published: 5 minutes to 30 days.",
    )
    hide_results: bool = Field(
        False,  # noqa: FBT003 - a default
        strict=True,
        description="Whether one is shown how many chose what only once one has voted, or the poll has ended.",
    )


def new_poll(ask: AskPoll, begins_at: datetime | None) -> dict[str, Any]:
    """A poll as its post keeps it; None is one that is not out yet. Raises `BadPoll`."""
    texts = [_choice(place, given) for place, given in enumerate(ask.choices)]
    again = repeated(texts)
    if again is not None:
        raise BadPoll(errors=[FieldError(f"poll.choices.{again}", "Another choice says the same.", "repeated")])
    choices = [{"id": new_id(), "text": text} for text in texts]
    return {
        "id": new_id(), "choices": choices, "multiple": ask.multiple, "minutes": ask.minutes,
        "hide_results": ask.hide_results, "ends_at": end_of(ask.minutes, begins_at) if begins_at else None,
        "ended": False, "votes": {str(each["id"]): 0 for each in choices}, "voters": 0,
    }  # fmt: skip


def end_of(minutes: int, begins_at: datetime) -> datetime:
    """When a poll of so many minutes ends, in milliseconds as documents keep them."""
    end = begins_at + timedelta(minutes=minutes)
    return end.replace(microsecond=end.microsecond // 1000 * 1000)


def changed_poll(kept: Mapping[str, Any] | None, ask: AskPoll | None, now: datetime, *, is_out: bool) -> dict[str, Any]:
    """What of a post changes with another poll, or (None) without one; nothing when it asks the same.

    The time of a poll that is out begins anew. Raises `BadPoll`, `PollHasVotes` and `PollEnded`.
    """
    fresh = new_poll(ask, now if is_out else None) if ask is not None else None
    if _asked(kept) == _asked(fresh):
        return {}
    if kept is not None and kept["voters"]:
        raise PollHasVotes
    if kept is not None and has_ended(kept, now):
        raise PollEnded
    return {"poll": fresh}


def _asked(poll: Mapping[str, Any] | None) -> object:
    if poll is None:
        return None
    return [each["text"] for each in poll["choices"]], poll["multiple"], poll["minutes"], poll["hide_results"]


def _choice(place: int, given: str) -> str:
    text, field = one_line(given), f"poll.choices.{place}"
    if is_blank(text):
        raise BadPoll(errors=[FieldError(field, "Write something that can be seen.", "blank")])
    if TURNING.search(text) or CONTROLS.search(text):
        why = "Leave out control characters and changes of direction."
        raise BadPoll(errors=[FieldError(field, why, "unreadable")])
    return text
