"""Rights: what roles may do, the built-in ones from the services, a tenant's own as that tenant has written them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fourfold.core.roles import queries
from fourfold.core.roles.rules import OPERATOR
from fourfold.ground.db import Connection, transaction
from fourfold.ground.house import House

REMEMBERED = 2_000


def subject_of(tenant_id: UUID) -> str:
    """What `Changes` is told when a tenant's own roles change."""
    return f"roles:{tenant_id}"


@dataclass(frozen=True, slots=True)
class _Own:
    turn: int
    permissions: Mapping[str, frozenset[str]]


class Rights:
    """Answers what roles may do together; a tenant's own are read once, and again after each change."""

    def __init__(self, house: House, built_in: Mapping[str, frozenset[str]]) -> None:
        self._house = house
        self._operator = built_in.get(OPERATOR, frozenset())
        self.built_in = {role: held for role, held in built_in.items() if role != OPERATOR}
        # What a role of a tenant may hold at all.
        self.catalogue = frozenset[str]().union(*self.built_in.values())
        self._together: dict[tuple[str, ...], frozenset[str]] = {}
        self._own: dict[UUID, _Own] = {}

    async def of(self, tenant_id: UUID, slug: str, roles: tuple[str, ...]) -> frozenset[str]:
        """All that the roles may do together in the tenant."""
        found = self._together.get(roles)
        if found is not None:
            return found
        if all(role in self.built_in for role in roles):
            found = frozenset[str]().union(*(self.built_in[role] for role in roles))
            if len(self._together) < REMEMBERED:
                self._together[roles] = found
            return found
        if OPERATOR in roles and slug == self._house.settings.operator_tenant:
            others = tuple(role for role in roles if role != OPERATOR)
            return self._operator | await self.of(tenant_id, slug, others)
        return self._union(roles, await self._own_of(tenant_id))

    async def of_each(self, db: Connection, roles: Sequence[str]) -> dict[str, frozenset[str]]:
        """What each of the roles may do, with the tenant's own held as they are; one that is not there is left out."""
        rows = await queries.hold_roles(db, roles)
        own = {row["name"]: frozenset(row["permissions"]) for row in rows}
        return {role: self._one(role, own) for role in roles if role in self.built_in or role in own}

    def _union(self, roles: Sequence[str], own: Mapping[str, frozenset[str]]) -> frozenset[str]:
        return frozenset[str]().union(*(self._one(role, own) for role in roles))

    def _one(self, role: str, own: Mapping[str, frozenset[str]]) -> frozenset[str]:
        return self.built_in.get(role) or own.get(role, frozenset()) & self.catalogue

    async def _own_of(self, tenant_id: UUID) -> Mapping[str, frozenset[str]]:
        turn = self._house.changes.turn(subject_of(tenant_id))
        known = self._own.pop(tenant_id, None)
        if known is None or known.turn != turn:
            async with transaction(self._house.pool, tenant_id, read_only=True) as db:
                rows = await queries.roles_of_tenant(db)
            known = _Own(turn, {row["name"]: frozenset(row["permissions"]) for row in rows})
        # Used last stands last: the first to go is the one that nobody has asked for longest.
        self._own[tenant_id] = known
        if len(self._own) > REMEMBERED:
            del self._own[next(iter(self._own))]
        return known.permissions
