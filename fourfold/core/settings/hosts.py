"""Hosts: which tenant a host of its own leads to, known in each process."""

from fourfold.core.settings import queries
from fourfold.ground.house import House

SUBJECT = "hosts"


class Hosts:
    """All proven hosts, read once and again after each change; asking costs two comparisons."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._turn = -1
        self._slugs: dict[str, str] = {}

    async def slug_of(self, host: str) -> str | None:
        """The slug of the tenant that the host (lower case, without a port) leads to, if any."""
        turn = self._house.changes.turn(SUBJECT)
        if turn != self._turn:
            self._slugs = await queries.proven_hosts(self._house.pool)
            self._turn = turn
        return self._slugs.get(host)
