"""Holding people to the community's limits: counted by all processes together, however something is asked for."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from fourfold.ground.again import only_once
from fourfold.ground.buckets import PATTERN
from fourfold.ground.configuration import Setting
from fourfold.ground.limits import Ask, Limit, TooManyRequests, Verdict, limit_in, whole
from fourfold.ground.metrics import limit_decisions_total
from fourfold.ground.parcel import Parcel
from fourfold.ground.refusals import Conflict, FieldError
from fourfold.social.limits.rules import HELD, NEW_SHARE, Act, is_new, print_of

LIMITS: Mapping[Act, Setting[str]] = {
    act: Setting(
        f"social.limit_{act}",
        Annotated[str, Field(pattern=f"^$|{PATTERN}")],
        "",
        f"{held.counts}, such as {held.usual}; off: no limit; empty: {held.usual} where the deployment limits",
    )
    for act, held in HELD.items()
}
NEW_ACCOUNT_HOURS: Setting[int] = Setting(
    "social.new_account_hours",
    Annotated[int, Field(ge=0, le=720, strict=True)],
    24,
    "How long an account is new: it has a fifth of the community's limits, and one for links; 0: none is new",
)


class TooOften(TooManyRequests):
    """429: more of it than one person does in so short a time; `Retry-After` says when it may be tried again."""

    code = "social.too_often"
    title = "That is too much in so short a time"

    def __init__(self, act: Act, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.detail = f"These are too many {HELD[act].refused} in so short a time. {self.detail}"
        self.more = {"limit": act, "retry_after": whole(verdict.seconds)}


class SaidAlready(Conflict):
    """409: the caller has said the same several times within the hour; `Retry-After` says when it may be said again."""

    code = "social.said_already"
    title = "You have said this already"

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(
            "You have said the same several times within the hour. Say it once, where it belongs.",
            errors=[FieldError("text", "You have said the same several times within the hour.", "repeated")],
            more={"retry_after": whole(verdict.seconds)},
            headers={"Retry-After": str(whole(verdict.seconds))},
        )


async def hold_to(work: Parcel, act: Act, times: int = 1) -> None:
    """Counts what the caller does; raises `TooOften`. Tried again with its transaction, it counts once."""
    limit = await _limit_for(work, act)
    if limit is not None and times:
        refused = await _taken(work, act, "", limit, times)
        if refused is not None:
            raise TooOften(act, refused)


async def refuse_repeats(work: Parcel, words: list[str], text: str) -> None:
    """Counts a text that everybody can read; raises `SaidAlready`."""
    said = print_of(words, text)
    limit = await _limit_for(work, "repeats") if said else None
    if limit is not None and said:
        refused = await _taken(work, "repeats", said, limit, 1)
        if refused is not None:
            raise SaidAlready(refused)


async def _limit_for(work: Parcel, act: Act) -> Limit | None:
    """What the caller is held to; nobody but people is."""
    account = work.who.account_id
    if account is None:
        return None
    configuration, tenant_id = work.house.configuration, work.who.tenant_id
    chosen = await configuration.value(tenant_id, LIMITS[act])
    usual = HELD[act].usual if work.house.settings.spam_limits == "on" else "off"
    limit = limit_in(chosen or usual)
    if limit is None:
        return None
    new = is_new(account, work.now, await configuration.value(tenant_id, NEW_ACCOUNT_HOURS))
    if act == "links":
        return limit if new else None
    return limit.divided(NEW_SHARE) if new else limit


async def _taken(work: Parcel, act: Act, key: str, limit: Limit, times: int) -> Verdict | None:
    """Takes so many from a limit of the caller's; gives the verdict that refused one of them."""
    name = f"social-{act.replace('_', '-')}"
    ask = Ask(work.who.tenant_id, name, f"{work.who.account}{key}", limit)
    refused: list[Verdict] = []

    async def take() -> None:
        left = times
        while left and not refused:
            # Near the limit they are granted one by one.
            verdict = await work.house.limits.together([ask], left)
            left -= verdict.granted
            if not verdict.granted:
                refused.append(verdict)
        limit_decisions_total.labels(name, "refused" if refused else "allowed").inc()

    await only_once((name, key), take)
    return refused[0] if refused else None
