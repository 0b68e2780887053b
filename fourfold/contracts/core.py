"""What others may know of the core: its events, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from uuid import UUID

from fourfold.contracts import figures
from fourfold.ground.metrics import Count
from fourfold.ground.outbox import Event


class TenantOpened(Event):
    """A tenant has been opened."""

    type: ClassVar[str] = "core.tenant.opened"
    tenant_id: UUID
    slug: str
    name: str

    @property
    def subject_id(self) -> UUID:
        """The tenant."""
        return self.tenant_id

    def counts(self) -> Sequence[Count]:
        """One tenant."""
        return [(figures.tenants_opened_total, 1)]


class TenantSuspended(Event):
    """Operators have suspended a tenant."""

    type: ClassVar[str] = "core.tenant.suspended"
    tenant_id: UUID
    slug: str
    reason: str

    @property
    def subject_id(self) -> UUID:
        """The tenant."""
        return self.tenant_id


class TenantResumed(Event):
    """Operators serve a suspended tenant again."""

    type: ClassVar[str] = "core.tenant.resumed"
    tenant_id: UUID
    slug: str

    @property
    def subject_id(self) -> UUID:
        """The tenant."""
        return self.tenant_id


class TenantPlanChanged(Event):
    """A tenant has another plan than it had."""

    type: ClassVar[str] = "core.tenant.plan_changed"
    tenant_id: UUID
    plan: str
    was: str

    @property
    def subject_id(self) -> UUID:
        """The tenant."""
        return self.tenant_id


class PersonErased(Event):
    """All that tells who an account belonged to has been erased."""

    type: ClassVar[str] = "core.person.erased"
    account_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class SettingsChanged(Event):
    """A tenant has set some of its settings anew."""

    type: ClassVar[str] = "core.settings.changed"
    tenant_id: UUID
    names: list[str]

    @property
    def subject_id(self) -> UUID:
        """The tenant."""
        return self.tenant_id


class AccountRegistered(Event):
    """Somebody has registered with a tenant."""

    type: ClassVar[str] = "core.account.registered"
    account_id: UUID
    email: str
    name: str

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id

    def counts(self) -> Sequence[Count]:
        """One account."""
        return [(figures.accounts_registered_total, 1)]


class AccountRolesChanged(Event):
    """An account's roles are now these."""

    type: ClassVar[str] = "core.account.roles_changed"
    account_id: UUID
    roles: list[str]

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class PasswordChanged(Event):
    """An account has another password."""

    type: ClassVar[str] = "core.account.password_changed"
    account_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class AccountEmailChanged(Event):
    """An account has another address, which is verified."""

    type: ClassVar[str] = "core.account.email_changed"
    account_id: UUID
    email: str

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class AccountDisabled(Event):
    """An account may not be used any more."""

    type: ClassVar[str] = "core.account.disabled"
    account_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class AccountEnabled(Event):
    """An account that was disabled may be used again."""

    type: ClassVar[str] = "core.account.enabled"
    account_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The account."""
        return self.account_id


class SessionRevoked(Event):
    """A session was ended before its time; `reason` says why, `reuse` being a stolen refresh token."""

    type: ClassVar[str] = "core.session.revoked"
    session_id: UUID
    account_id: UUID
    reason: str

    @property
    def subject_id(self) -> UUID:
        """The session."""
        return self.session_id


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be written: `once` names it in its tenant, so that asking twice sends one.

    `template` is `<system>/<name>` and `data` fills it, its amounts (`Money`) and times (`datetime`) written as its
    reader does; `files` are attachments already in storage.
    """

    once: str
    to: str
    template: str
    data: Mapping[str, Any]
    files: Sequence["AttachedFile"] = field(default=())


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A stored file that goes out with a mail."""

    name: str
    key: str
    content_type: str


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """What others may know of a tenant; `locale` is a tag such as `de` or `pt-BR`; only active ones are served."""

    id: UUID
    slug: str
    name: str
    locale: str = "en"
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What others may know of a file that is completely stored.

    Its type is told by its content, its size in bytes; `key` is where its bytes are in storage; `width` and `height`
    are a picture's, in pixels.
    """

    id: UUID
    key: str
    content_type: str
    size: int
    width: int | None = None
    height: int | None = None


class Notices(Protocol):
    """Sends mails for other systems."""

    async def send(self, tenant_id: UUID, letter: Letter) -> None:
        """Queues the mail, in a transaction of its own; a second call with the same `once` does nothing."""


class Tenants(Protocol):
    """Tells about tenants."""

    async def facts_of(self, tenant_id: UUID) -> TenantFacts:
        """The tenant's facts; raises `NotFound`."""


class Accounts(Protocol):
    """Tells about accounts."""

    async def existing(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these accounts the tenant has, disabled ones included."""

    async def names_of(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """What the people with these accounts are called, of those who may sign in."""

    async def proven_by(self, tenant_id: UUID, email: str) -> UUID | None:
        """The account of the person who may sign in and has proven that this address is theirs."""

    async def proven_by_phone(self, tenant_id: UUID, number: str) -> frozenset[UUID]:
        """The accounts of the people who may sign in and have proven that this number, with its country, is theirs."""

    async def addresses_of(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Where mail reaches the people with these accounts, of those who may sign in and have proven it."""


class Files(Protocol):
    """Tells about stored files."""

    async def stored_by(self, tenant_id: UUID, account_id: UUID, file_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these are files that the account has stored, ready to be shown."""

    async def facts_of(self, tenant_id: UUID, account_id: UUID, file_ids: Sequence[UUID]) -> Mapping[UUID, FileFacts]:
        """What is known of those of these files that the account has stored."""
