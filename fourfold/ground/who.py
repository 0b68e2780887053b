"""Who asks: one person, key or part of the system, in one tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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

    `authenticated_at` is when the person last proved who they are (seconds since 1970); `address` is the peer's;
    `cause` names, of work in the background, the caller whose request has set it off. Whoever `must_enrol` has none of
    their roles before they have a second factor.
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
    cause: str = ""
    must_enrol: bool = False

    @classmethod
    def system(cls, tenant_id: UUID, tenant_slug: str = "", request_id: str = "", cause: str = "") -> "Who":
        """Fourfold itself, at work for a tenant; it may do what its code does.

        In the middle of work for the same tenant it is at work on the same request.
        """
        behind = None if request_id else AT_WORK.get()
        if behind is not None and behind.tenant_id == tenant_id:
            request_id, cause = behind.request_id, behind.cause or behind.principal
        return cls(tenant_id, tenant_slug, kind="system", request_id=request_id, cause=cause)

    @property
    def principal(self) -> str:
        """A name for the caller that is unique in its tenant."""
        return f"{self.kind}:{self.account_id}" if self.account_id else self.kind

    @property
    def ids(self) -> dict[str, str]:
        """What log lines say of the caller, and of whoever has set off work in the background."""
        account = str(self.account_id or "") or self.cause.partition(":")[2]
        found = {"request_id": self.request_id, "tenant_id": str(self.tenant_id), "account_id": account}
        return {name: value for name, value in found.items() if value}

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


# Whose work the current task does.
AT_WORK: ContextVar[Who | None] = ContextVar("at_work", default=None)


@contextmanager
def at_work(who: Who) -> Iterator[None]:
    """What is done in this block is done for somebody: log lines bear the ids."""
    token = AT_WORK.set(who)
    try:
        yield
    finally:
        AT_WORK.reset(token)
