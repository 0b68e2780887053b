"""What access keeps in each process: the keys that sign, who is who, and what roles may do."""

from dataclasses import dataclass

from fastapi import Request

from fourfold.core.access.identify import Identify
from fourfold.core.roles.rights import Rights
from fourfold.core.signing.ring import KeyRing


@dataclass(frozen=True, slots=True)
class Access:
    """One for each process."""

    ring: KeyRing
    identify: Identify
    rights: Rights


def access_of(request: Request) -> Access:
    """The process's access."""
    access: Access = request.app.state.access
    return access
