"""What was refused, told to the audit log: strangers, callers without the right, and ids that lead nowhere."""

from contextlib import suppress

from fastapi import Request

from fourfold.core.accounts.lockout import LockedOut
from fourfold.ground.asking import asked_by
from fourfold.ground.audit import AuditNote, Outcome
from fourfold.ground.db import AWAY
from fourfold.ground.door import WHO, DoorRoute
from fourfold.ground.house import House
from fourfold.ground.refusals import Refusal
from fourfold.ground.who import Who

UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = 401, 403, 404
DENIALS = frozenset({UNAUTHENTICATED, FORBIDDEN, NOT_FOUND})


def is_denial(refusal: Refusal) -> bool:
    """Whether it tells of a door that was tried."""
    return refusal.status in DENIALS or isinstance(refusal, LockedOut)


async def tell_denial(request: Request, refusal: Refusal) -> None:
    """Takes note of a refusal that tells of a door that was tried; it is written behind the answer."""
    route, who = request.scope.get("route"), request.scope.get(WHO)
    if not isinstance(route, DoorRoute) or route.door is None:
        return
    if refusal.status == NOT_FOUND and (who is None or who.account_id is None or not request.path_params):
        return
    if who is None:
        who = await _visitor(request)
    if who is None:
        return
    asked = asked_by(request.scope, route.door.permission)
    asked.status = refusal.status
    house: House = request.app.state.house
    note = AuditNote(asked.action, refusal.about or asked.target)
    house.denials.tell(who, note, Outcome("denied", refusal.code), asked)


async def _visitor(request: Request) -> Who | None:
    """Nobody in the tenant that the request names, when it names one."""
    with suppress(Refusal, *AWAY):
        visitor: Who = await request.app.state.identify.visitor(request)
        return visitor
    return None
