"""A tenant is suspended, resumed, or given another plan."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import TenantPlanChanged, TenantResumed, TenantSuspended
from fourfold.core.operators import queries, tables
from fourfold.core.operators.rules import may_become
from fourfold.ground.configuration import subject_of
from fourfold.ground.durable import hasten_jobs
from fourfold.ground.refusals import Conflict, Forbidden, NotFound
from fourfold.ground.work import Desk, View, Work


class Suspend(BaseModel):
    """Why a tenant is suspended."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    reason: str = Field(min_length=1, max_length=500, examples=["The invoice of March is unpaid."])


class ChangePlan(BaseModel):
    """The plan that a tenant is to have."""

    model_config = ConfigDict(extra="forbid")
    plan: str = Field(max_length=63, pattern=r"^[a-z][a-z0-9_-]*$", examples=["pro"])


class NoSuchTenant(NotFound):
    """404: no tenant has this id."""

    code = "core.no_such_tenant"


class NotAnOperator(Forbidden):
    """403: only the platform's own staff does this."""

    code = "core.not_an_operator"
    title = "Only operators of the platform may do this"


class TenantNotInState(Conflict):
    """409: the tenant's status does not allow this."""

    code = "core.tenant_not_in_state"
    title = "The tenant's status does not allow this"


def must_operate(view: View | Desk) -> None:
    """Raises `NotAnOperator` outside the operators' own tenant, whatever permissions somebody there has been given."""
    if view.who.kind != "system" and view.who.tenant_slug != view.house.settings.operator_tenant:
        raise NotAnOperator


async def tenant_to_manage(work: Work, tenant_id: UUID) -> asyncpg.Record:
    """The tenant, locked; raises `NoSuchTenant`."""
    tenant = await queries.tenant_in_full(work.db, tenant_id, lock=True)
    if tenant is None:
        raise NoSuchTenant
    return tenant


async def suspend_tenant(work: Work, tenant_id: UUID, reason: str) -> None:
    """Refuses the tenant's requests within a second in every process, and pauses its jobs and deliveries."""
    must_operate(work)
    tenant = await _moved(work, tenant_id, "suspended", reason)
    work.emit(TenantSuspended(tenant_id=tenant_id, slug=tenant["slug"], reason=reason))


async def resume_tenant(work: Work, tenant_id: UUID) -> None:
    """Serves the tenant again, and takes up what has waited."""
    must_operate(work)
    tenant = await _moved(work, tenant_id, "active", "")
    await hasten_jobs(work.db, tenant_id)
    work.emit(TenantResumed(tenant_id=tenant_id, slug=tenant["slug"]))


async def change_plan(work: Work, tenant_id: UUID, plan: str) -> None:
    """Gives the tenant another plan, whose settings hold at once."""
    must_operate(work)
    tenant = await tenant_to_manage(work, tenant_id)
    if tenant["status"] in {"erasing", "deleted"}:
        raise TenantNotInState(f"The tenant is {tenant['status']}.")
    work.changed({"plan": tenant["plan"]}, {"plan": plan})
    await tables.update_plan(work.db, tenant_id, plan)
    await work.house.changes.tell(work.db, subject_of(tenant_id), work.now)
    work.emit(TenantPlanChanged(tenant_id=tenant_id, plan=plan, was=tenant["plan"]))


async def _moved(work: Work, tenant_id: UUID, becomes: str, reason: str) -> asyncpg.Record:
    tenant = await tenant_to_manage(work, tenant_id)
    if tenant["slug"] == work.house.settings.operator_tenant:
        raise TenantNotInState("The operators' own tenant stays active.")
    if not may_become(tenant["status"], becomes):
        raise TenantNotInState(f"The tenant is {tenant['status']}.", more={"tenant_status": tenant["status"]})
    work.changed({"status": tenant["status"]}, {"status": becomes, "reason": reason})
    await tables.update_status(work.db, tenant_id, becomes, reason, work.now)
    await work.house.changes.tell(work.db, queries.tenant_subject(tenant_id), work.now)
    return tenant
