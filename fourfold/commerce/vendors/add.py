"""A vendor is added by an administrator."""

from typing import Annotated
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field
from slugify import slugify

from fourfold.commerce.vendors import queries, tables
from fourfold.commerce.vendors.rules import SLUG_LENGTH
from fourfold.commerce.vendors.scope import COMMISSION_BP
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError
from fourfold.ground.work import Work

Slug = Annotated[str, Field(max_length=SLUG_LENGTH, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", examples=["north-star"])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["North Star"])]
Commission = Annotated[int, Field(ge=0, le=10_000, strict=True, description="Hundredths of a percent.")]


class VendorTaken(Conflict):
    """409: another vendor has the slug, or sells for the account."""

    code = "commerce.vendor_taken"
    title = "Another vendor has this slug or account"


class AddVendor(BaseModel):
    """Somebody who is to sell. An account with this address and the role vendor takes the vendor over."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name
    slug: Slug | None = None
    email: Email | None = None
    account_id: UUID | None = None
    commission_bp: Commission = COMMISSION_BP


async def add_vendor(work: Work, ask: AddVendor) -> asyncpg.Record:
    """Adds the vendor, approved; raises `VendorTaken`."""
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
