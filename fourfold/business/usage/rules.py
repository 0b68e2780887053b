"""How lines of the spool are added up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

TOO_MANY = 429
ALL_KEYS = UUID(int=0)
PARTS = 7


class Visits(NamedTuple):
    """Requests of one caller to one route that ended alike, in one hour; times in microseconds."""

    tenant_id: UUID
    hour: datetime
    account_id: UUID
    key_id: UUID
    method: str
    route: str
    status: int
    version: str
    requests: int
    micros: int
    slowest: int


def counted(lines: bytes) -> list[Visits]:
    """The lines added up, in the order in which they are locked; what is not a line of ours is left out."""
    sums: dict[bytes, list[int]] = {}
    for line in lines.splitlines():
        what, _, text = line.rpartition(b" ")
        if not text.isdigit():
            continue
        micros = int(text)
        known = sums.get(what)
        if known is None:
            sums[what] = [1, micros, micros]
        else:
            known[0] += 1
            known[1] += micros
            known[2] = max(known[2], micros)
    return sorted(each for what, figures in sums.items() for each in _visits(what, figures))


def _visits(what: bytes, figures: list[int]) -> Iterator[Visits]:
    parts = what.decode(errors="replace").split(" ")
    if len(parts) != PARTS:
        return
    hour, tenant, account, key, method, status, route = parts
    try:
        ids = [UUID(text) for text in (tenant, account, key)]
        began = datetime.fromtimestamp(int(hour) * 3600, UTC)
        ended = int(status)
    except (ValueError, OverflowError, OSError):
        return
    yield Visits(ids[0], began, ids[1], ids[2], method, route, ended, version_of(route), *figures)


def version_of(route: str) -> str:
    """The version that answers: the first word of the route."""
    return route.split("/")[1] if route.startswith("/v") else ""


def of_months(visits: list[Visits]) -> dict[tuple[date, UUID], int]:
    """What counts against the months' quotas, by API key and, under `ALL_KEYS`, in all; refused floods do not."""
    used: dict[tuple[date, UUID], int] = {}
    for each in visits:
        month = each.hour.date().replace(day=1)
        for key_id in {ALL_KEYS, each.key_id}:
            used[month, key_id] = used.get((month, key_id), 0) + (0 if each.status == TOO_MANY else each.requests)
    return used
