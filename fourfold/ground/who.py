"""Who asks: one person, key or part of the system, in one tenant."""

from dataclasses import dataclass
from uuid import UUID

from fourfold.ground.refusals import Forbidden, Unauthenticated


class MissingPermission(Forbidden):
    """403: the caller's roles do not include the permission."""

    code = "missing_permission"


class KeyOutOfScope(Forbidden):
    """403: neither the scopes of the API key nor its account's roles go that far."""

    code = "core.key_out_of_scope"
    title = "The API key may not do this"


class KeyInAddress(Unauthenticated):
    """401: addresses are logged and shared, so a key in one is never taken; change it for another one."""

    code = "core.key_in_address"
    title = "Send the API key as Authorization: Bearer, never in the address"


class SecondFactorMissing(Forbidden):
    """403: the caller's roles need a second factor; until there is one only the caller's own account is open."""

    code = "core.second_factor_enrolment_required"
    title = "Add a second factor, then refresh your session"


# How API keys begin.
KEY_MARK = b"ffk_"


@dataclass(frozen=True, slots=True)
class Who:
    """The caller of one operation. `kind` is anonymous, account, key or system.

    `authenticated_at` is when the person last proved who they are (seconds since 1970); `address` is the peer's.
    Whoever `must_enrol` has none of their roles before they have a second factor.
    """

    tenant_id: UUID
    tenant_slug: str
    kind: str = "anonymous"
    account_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    email: str = ""
    request_id: str = ""
    authenticated_at: float = 0.0
    key_id: UUID | None = None
    address: str = ""
    must_enrol: bool = False

    @classmethod
    def system(cls, tenant_id: UUID, tenant_slug: str = "", request_id: str = "") -> "Who":
        """Fourfold itself, at work for a tenant; it may do what its code does."""
        return cls(tenant_id, tenant_slug, kind="system", request_id=request_id)

    @property
    def principal(self) -> str:
        """A name for the caller that is unique in its tenant."""
        return f"{self.kind}:{self.account_id}" if self.account_id else self.kind

    def may(self, permission: str) -> bool:
        """Whether the caller holds the permission."""
        return self.kind == "system" or permission in self.permissions

    def must(self, permission: str) -> None:
        """Raises unless the caller holds the permission: 401 for nobody, 403 for somebody."""
        if self.may(permission):
            return
        if self.kind == "anonymous":
            raise Unauthenticated
        if self.kind == "key":
            raise KeyOutOfScope(f"This needs the permission {permission}.")
        if self.must_enrol:
            raise SecondFactorMissing("Add one at /v1/core/me/factors, then POST /v1/core/tokens/refresh.")
        raise MissingPermission(f"This needs the permission {permission}.")

    @property
    def account(self) -> UUID:
        """The caller's account id; raises 401 when nobody is signed in."""
        if self.account_id is None:
            raise Unauthenticated
        return self.account_id
