"""A vendor is added by an administrator."""

from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field
from slugify import slugify

from fourfold.commerce.vendors import queries, tables
from fourfold.commerce.vendors.rules import SLUG_LENGTH
from fourfold.commerce.vendors.scope import COMMISSION_BP
from fourfold.contracts.core import Accounts
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid
from fourfold.ground.work import Work

Slug = Annotated[str, Field(max_length=SLUG_LENGTH, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", examples=["north-star"])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["North Star"])]
Commission = Annotated[int, Field(ge=0, le=10_000, strict=True, description="Hundredths of a percent.")]


class VendorTaken(Conflict):
    """409: another vendor has the slug, or sells for the account."""

    code = "commerce.vendor_taken"
    title = "Another vendor has this slug or account"


class UnknownAccount(Invalid):
    """422: an account that does not exist."""

    code = "commerce.unknown_account"
    title = "There is no such account"


class AddVendor(BaseModel):
    """Somebody who is to sell. An account with this address and the role vendor takes the vendor over."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name
    slug: Slug | None = None
    email: Email | None = None
    account_id: UUID | None = None
    commission_bp: Commission = COMMISSION_BP


async def add_vendor(work: Work, ask: AddVendor) -> asyncpg.Record:
    """Adds the vendor, approved; raises `UnknownAccount` and `VendorTaken`."""
    await refuse_unknown_account(work, ask.account_id)
    vendor_id = new_id()
    slug = ask.slug or slugify(ask.name, max_length=SLUG_LENGTH) or f"vendor-{vendor_id.hex[-8:]}"
    added = await tables.insert_vendor(
        work.db, work.who.tenant_id, vendor_id, ask.account_id, ask.name, slug, ask.email or "", ask.commission_bp,
        work.now,
    )  # fmt: skip
    row = await queries.vendor_with_id(work.db, vendor_id) if added else None
    if row is None:
        raise VendorTaken(errors=[FieldError("slug", f"{slug} or the account belongs to another vendor.", "taken")])
    return row


async def refuse_unknown_account(work: Work, account_id: UUID | None) -> None:
    """Raises `UnknownAccount` unless the tenant has the account, or none is named."""
    if account_id is not None and not await work.ask(Accounts).existing(work.who.tenant_id, [account_id]):
        raise UnknownAccount(errors=[FieldError("account_id", f"There is no account {account_id}.", "unknown")])
