"""Whose things a caller may touch: one vendor's, or everybody's."""

from uuid import UUID

from slugify import slugify

from fourfold.commerce.vendors import queries, tables
from fourfold.commerce.vendors.rules import slug_tried
from fourfold.ground.ids import new_id
from fourfold.ground.work import View, Work

ADMINISTRATORS = frozenset({"owner", "admin"})
COMMISSION_BP = 1000
# A seller who has no vendor yet sees nothing, and no vendor has this id.
NOBODY = UUID(int=0)


async def vendor_scope(view: View) -> UUID | None:
    """None for those who look after every vendor (owner, admin, Fourfold itself); otherwise the caller's own vendor.

    A seller who has no vendor yet gets one with a `Work`, and with a `View` the id of nobody.
    """
    if view.who.kind == "system" or view.who.roles & ADMINISTRATORS:
        return None
    if isinstance(view, Work) and "vendor" in view.who.roles:
        return await ensure_vendor_of_caller(view)
    if view.who.account_id is None:
        return NOBODY
    row = await queries.vendor_of_account(view.db, view.who.account_id)
    if row is None and "vendor" in view.who.roles:
        row = await queries.vendor_waiting_for(view.db, view.who.email)
    return row["id"] if row else NOBODY


async def ensure_vendor_of_caller(work: Work) -> UUID:
    """The caller's own vendor: taken over when one waits for the caller's address, else made and named after it."""
    account_id = work.who.account
    attempt = 0
    while True:
        row = await queries.vendor_of_account(work.db, account_id)
        if row is not None:
            vendor_id: UUID = row["id"]
            return vendor_id
        if await tables.claim_vendor(work.db, account_id, work.who.email, work.now):
            continue
        name = work.who.email.partition("@")[0] or "vendor"
        await tables.insert_vendor(
            work.db, work.who.tenant_id, new_id(), account_id, name, slug_tried(slugify(name) or "vendor", attempt),
            work.who.email, COMMISSION_BP, work.now,
        )  # fmt: skip
        attempt += 1
