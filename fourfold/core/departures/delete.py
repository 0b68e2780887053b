"""A tenant is to be deleted: asked for by an owner or an operator, cancelled while there is time."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Letter
from fourfold.core.accounts.lockout import Device
from fourfold.core.departures import queries, tables
from fourfold.core.departures.erase import EraseTenant, erase_tenant
from fourfold.core.departures.letters import MailAtOnce, mail_at_once
from fourfold.core.departures.shapes import StartedDeletionShape
from fourfold.core.notices.send import send_letter
from fourfold.core.recovery.change_password import prove_password
from fourfold.core.settings.known import DELETION_GRACE_DAYS
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.durable import hasten_jobs
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import BadRequest, Conflict, FieldError, Invalid
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, Work, begin

PREFIX = "ffd_"
# From these a tenant may be deleted; it goes back to being active.
DELETABLE = ["active", "suspended"]


class DeleteTenant(BaseModel):
    """The tenant's slug, typed again, and the owner's password."""

    model_config = ConfigDict(extra="forbid")
    slug: str = Field(max_length=63, examples=["demo"])
    password: str = Field(max_length=1000, examples=["a long phrase nobody guesses"])


class CancelDeletion(BaseModel):
    """What was answered and mailed when the deletion was asked for."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(max_length=200, examples=["ffd_0189..."])


class NotDeletable(Conflict):
    """409: the tenant is being deleted already, or is the operators' own."""

    code = "core.not_deletable"
    title = "This tenant cannot be deleted now"


class NothingToCancel(BadRequest):
    """400: no deletion that can still be cancelled has this token."""

    code = "core.nothing_to_cancel"
    title = "There is no deletion to cancel"


async def delete_tenant(desk: Desk, ask: DeleteTenant, device: Device) -> StartedDeletionShape:
    """Refuses the tenant's requests from now on, and deletes all that it has when the grace period is over.

    Raises `WrongPassword`, and `LockedOut` after some failures.
    """
    if ask.slug != desk.who.tenant_slug:
        raise Invalid(errors=[FieldError("slug", "It is not the slug of your tenant.")])
    await prove_password(desk, ask.password, device)
    async with desk.work() as work:
        return await start_deletion(work, desk.who.tenant_slug)


async def start_deletion(work: Work, slug: str, grace_days: int | None = None, *, by: str = "") -> StartedDeletionShape:
    """Begins the grace period of the transaction's tenant; the setting's, unless another is given.

    `by` names whoever asked, if that is not the caller.
    """
    tenant_id = work.who.tenant_id
    if slug == work.house.settings.operator_tenant:
        raise NotDeletable("The operators' own tenant stays.")
    if not await tables.move_tenant(work.db, tenant_id, DELETABLE, "deleting", work.now):
        raise NotDeletable
    await work.house.changes.tell(work.db, f"tenant:{tenant_id}", work.now)
    if grace_days is None:
        grace_days = await work.house.configuration.value(tenant_id, DELETION_GRACE_DAYS, work.db)
    deletion_id, due_at = new_id(), work.now + timedelta(days=grace_days)
    token = f"{PREFIX}{deletion_id.hex}{secrets.token_hex(24)}"
    owners = await queries.owners_of_tenant(work.db)
    asker = work.who.email or (owners[0] if owners else "")
    await tables.insert_deletion(
        work.db, deletion_id, tenant_id, by or work.who.principal, asker, _hash_of(token), work.now, due_at
    )
    work.later(erase_tenant, EraseTenant(deletion_id=deletion_id), at=due_at)
    for number, owner in enumerate(owners):
        once = f"tenant-deletion:{deletion_id}:{number}"
        data = {"sender": slug, "slug": slug, "due_at": due_at, "token": token}
        await send_letter(work, Letter(once, owner, "core/departures/deletion_begun", data))
        work.later(mail_at_once, MailAtOnce(once=once))
    work.note("core.tenant.delete", f"tenant:{tenant_id}", after={"due_at": due_at.isoformat()})
    return StartedDeletionShape(id=deletion_id, due_at=due_at, cancel_token=token)


async def cancel_deletion(house: House, ask: CancelDeletion) -> None:
    """Serves the tenant again, when the token is right and there is still time; raises `NothingToCancel`."""
    deletion_id = _id_in(ask.token)
    async with house.pool.acquire() as db:
        row = await queries.deletion_with_id(db, deletion_id)
    if row is None or not hmac.compare_digest(bytes(row["cancel_hash"]), _hash_of(ask.token)):
        raise NothingToCancel
    async with begin(house, Who.system(row["owner_id"])) as work:
        await call_off(work, deletion_id)


async def call_off(work: Work, deletion_id: UUID) -> None:
    """Cancels the deletion of the transaction's tenant; raises `NothingToCancel` when it is too late."""
    row = await queries.deletion_with_id(work.db, deletion_id, lock=True)
    tenant = await tenant_with_id(work.db, work.who.tenant_id)
    if row is None or tenant is None or row["cancelled_at"] is not None or row["owner_id"] != tenant["id"]:
        raise NothingToCancel
    if not await tables.move_tenant(work.db, tenant["id"], ["deleting"], "active", work.now):
        raise NothingToCancel("It is too late: the deletion has begun.")
    await tables.cancel_deletion(work.db, deletion_id, work.now)
    await work.house.changes.tell(work.db, f"tenant:{tenant['id']}", work.now)
    await hasten_jobs(work.db, tenant["id"])
    work.note("core.tenant.keep", f"tenant:{tenant['id']}")


def _hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _id_in(token: str) -> UUID:
    try:
        return UUID(token.removeprefix(PREFIX)[:32])
    except ValueError as problem:
        raise NothingToCancel from problem
