"""The newest documents that fit, asked for in spans of time, each longer than the one before.

A server that goes through a key in its order stops by itself at the limit. Others read all that fits and sort it: for
a word that many say, or somebody who writes much, that would be all there is for a page of twenty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.documents import ReadDocuments
from fourfold.ground.filters import Operator, all_ops, gte, lt, lte, neither

LONGEST_SPAN = timedelta(days=100 * 366)
LEAST_WIDER, MOST_WIDER = 2, 16
# Little is older: what is left from there on is asked for without a beginning.
OLDEST = datetime(2015, 1, 1, tzinfo=UTC)
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lately:
    """From when on it is looked back, by a field that tells moments: from now, or from behind a moment and an id.

    The first span is better too short than too long: the next ones go by how many were found.
    """

    field: str
    now: datetime
    first_span: timedelta
    behind: tuple[datetime, UUID] | None = None


async def newest(
    documents: ReadDocuments, wanted: Mapping[Any, Any], lately: Lately, fields: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """The newest that fit, those of one moment by their ids; what `wanted` says of the field is heeded.

    Unless it is read to the end, what has no moment is not among them.
    """
    field, behind = lately.field, lately.behind
    given = wanted.get(field)
    since, until = (given.words.get("$gte"), given.words.get("$lt")) if isinstance(given, Operator) else (None, None)
    filter_, upper = dict(wanted), [lt(until)] if until else []
    if behind is not None:
        upper = [*upper, lte(behind[0])]
        filter_ |= neither({field: behind[0], "_id": gte(behind[1])})
    top = min(each for each in (until, behind and behind[0], lately.now + A_MOMENT) if each is not None)
    span, found = lately.first_span, list[dict[str, Any]]()
    while True:
        low = top - span
        is_last = low <= max(OLDEST, since or OLDEST)
        bounds = [*([gte(since)] if is_last and since else [] if is_last else [gte(low)]), *upper]
        within = {field: all_ops(*bounds)} if bounds else {}
        order = [f"-{field}", "-_id"]
        missing = limit - len(found)
        rows = await documents.find({**filter_, **within}, fields=fields, sort=order, limit=missing)
        found += rows
        if is_last or len(rows) == missing:
            return found
        wider = LEAST_WIDER * (missing - len(rows)) // len(rows) if rows else MOST_WIDER
        top, upper, span = low, [lt(low)], min(span * min(max(wider, LEAST_WIDER), MOST_WIDER), LONGEST_SPAN)
