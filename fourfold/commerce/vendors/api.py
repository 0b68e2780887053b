"""Ways in to vendors and to the shop's own facts."""

from dataclasses import asdict
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.commerce.vendors.add import AddVendor, add_vendor
from fourfold.commerce.vendors.edit import (
    EditShop,
    EditVendor,
    NoSuchVendor,
    edit_shop,
    edit_vendor,
    shop_tag,
    vendor_tag,
)
from fourfold.commerce.vendors.queries import vendor_with_id, vendors_page
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.commerce.vendors.shapes import ShopShape, VendorShape
from fourfold.commerce.vendors.shop import Shop, shop_of
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "vendors")

Reading = Annotated[View, may("commerce:vendors:read", opens=View)]
Writing = Annotated[Work, may("commerce:vendors:write")]


def _shape_of(shop: Shop, response: Response) -> ShopShape:
    response.headers["ETag"] = shop_tag(shop)
    facts = asdict(shop)
    return ShopShape(**{name: facts[name] for name in ShopShape.model_fields})


@router.post("/vendors", status_code=201, summary="Add a vendor", responses=problems(401, 403, 409))
async def add_vendor_here(ask: AddVendor, work: Writing, response: Response) -> VendorShape:
    """Adds a vendor, approved. `account_id` (or the account with `email`, once it has the role vendor) sells for it."""
    row = await add_vendor(work, ask)
    response.headers["ETag"] = vendor_tag(row)
    response.headers["Location"] = f"/v1/commerce/vendors/{row['id']}"
    return VendorShape.of(row)


@router.get("/vendors", summary="List vendors", responses=problems(401, 403))
async def list_vendors_here(
    view: Reading,
    status: Annotated[
        Literal["applied", "approved", "suspended"] | None, Query(description="Only in this state.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[VendorShape]:
    """Vendors in the order of their arrival; a seller sees the own one."""
    purpose = f"commerce.vendors:{status}"
    position = position_of(view, purpose, cursor)
    after = UUID(position[0]) if position else None
    rows = await vendors_page(view.db, status, await vendor_scope(view), after, limit + 1)
    following = cursor_for(view, purpose, [str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    return Page(items=[VendorShape.of(row) for row in rows[:limit]], next=following)


@router.get("/vendors/{vendor_id}", summary="Show a vendor", responses=problems(401, 403, 404))
async def show_vendor_here(vendor_id: UUID, view: Reading, response: Response) -> VendorShape:
    """One vendor; sellers see the own one."""
    scope = await vendor_scope(view)
    row = await vendor_with_id(view.db, vendor_id) if scope in {None, vendor_id} else None
    if row is None:
        raise NoSuchVendor
    response.headers["ETag"] = vendor_tag(row)
    return VendorShape.of(row)


@router.patch("/vendors/{vendor_id}", summary="Edit a vendor", responses=problems(401, 403, 404, 409, 412))
async def edit_vendor_here(
    vendor_id: UUID, ask: EditVendor, request: Request, work: Writing, response: Response
) -> VendorShape:
    """Changes what is sent. The products of a suspended vendor leave the shop at once, and come back with approval."""
    row = await edit_vendor(work, request, vendor_id, ask)
    response.headers["ETag"] = vendor_tag(row)
    return VendorShape.of(row)


@router.get("/shop", summary="Show the shop", responses=problems(404))
async def show_shop_here(view: Annotated[View, public(opens=View)], response: Response) -> ShopShape:
    """The shop's name, currency, address and tax number, and whether its prices include tax."""
    return _shape_of(await shop_of(view), response)


@router.patch("/shop", summary="Edit the shop", responses=problems(401, 403, 409, 412))
async def edit_shop_here(ask: EditShop, request: Request, work: Writing, response: Response) -> ShopShape:
    """Changes what is sent; the currency only while there are no products."""
    return _shape_of(await edit_shop(work, request, ask), response)
