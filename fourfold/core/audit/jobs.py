"""Durable work of the audit log: anchors each hour, and addresses that are forgotten."""

from uuid import UUID

from pydantic import BaseModel

from fourfold.core.audit import tables
from fourfold.core.audit.anchor import NothingToAnchor, anchor_chain
from fourfold.ground.durable import job
from fourfold.ground.work import Desk, Work


class AnchorChain(BaseModel):
    """Nothing is asked: the head of the chain is put into storage."""


class ForgetPerson(BaseModel):
    """The account whose addresses shall be forgotten."""

    account_id: UUID


@job("core.audit.anchor_chain", steps=True)
async def anchor_each_hour(desk: Desk, _ask: AnchorChain) -> None:
    """Anchors the head of the chain, when there is one."""
    try:
        await anchor_chain(desk)
    except NothingToAnchor:
        return


@job("core.audit.forget_person")
async def forget_person(work: Work, ask: ForgetPerson) -> None:
    """Forgets from where an account acted; what it did, and that nothing of it was changed, stays provable."""
    forgotten = await tables.forget_addresses(work.db, ask.account_id)
    work.note("core.audit.forgotten", f"account:{ask.account_id}", after={"entries": forgotten})
