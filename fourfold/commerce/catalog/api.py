"""Ways in to the catalogue: products and variants; finding them is the search's part."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from fourfold.commerce.catalog.archive import remove_product
from fourfold.commerce.catalog.asked import CreateProduct, EditProduct, EditVariant, Status, VariantAsk
from fourfold.commerce.catalog.create import create_product
from fourfold.commerce.catalog.edit import add_variant, edit_product, edit_variant, retire_variant
from fourfold.commerce.catalog.rules import SLUG_LENGTH
from fourfold.commerce.catalog.shapes import OwnProductsPage, ProductShape
from fourfold.commerce.catalog.show import own_products, show_product
from fourfold.ground.answers import problems, unless_known
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "catalog")

Reference = Annotated[
    str,
    # One name for both ways of reading the same place in the path: no two paths differ in the name alone.
    Path(
        alias="product_id", max_length=SLUG_LENGTH, description="The product's id or slug.", examples=["running-boots"]
    ),
]
Writing = Annotated[Work, may("commerce:products:write")]


@router.post(
    "/products",
    status_code=201,
    summary="Create a product",
    response_model=ProductShape,
    responses=problems(401, 403, 409),
)
async def create_product_here(ask: CreateProduct, work: Writing) -> Response:
    """Creates a product with its variants and their first stock; published ones are on sale at once.

    Sellers create for themselves, administrators for `vendor_id` or else for the shop's own vendor.
    """
    written = await create_product(work, ask)
    answer = await show_product(work, str(written.product_id), status=201)
    answer.headers["Location"] = f"/v1/commerce/products/{written.product_id}"
    return answer


@router.get(
    "/vendor/products", summary="List one's own products", response_model=OwnProductsPage, responses=problems(401, 403)
)
async def own_products_here(
    view: Annotated[View, may("commerce:products:read", opens=View)],
    status: Annotated[Status | None, Query(description="Only products in this state.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """What the caller sells, newest first, drafts and archived products included; administrators see all products."""
    return await own_products(view, status, limit, cursor)


@router.get(
    "/products/{product_id}",
    summary="Show a product",
    response_model=ProductShape,
    responses={**problems(404), 304: {"description": "It is still what `If-None-Match` names."}},
)
async def show_product_here(
    reference: Reference, request: Request, view: Annotated[View, public(opens=View)]
) -> Response:
    """A product by its id or slug, with variants, stock, pictures, categories and vendor.

    The entity tag changes with all that is shown; with `If-None-Match` an answer that is known is 304. `If-Match`
    heeds edits of the product, not its stock. Drafts are shown to their sellers only.
    """
    return unless_known(request, await show_product(view, reference), for_all=view.who.kind == "anonymous")


@router.patch(
    "/products/{product_id}",
    summary="Edit a product",
    response_model=ProductShape,
    responses=problems(401, 403, 404, 409, 412),
)
async def edit_product_here(product_id: UUID, ask: EditProduct, request: Request, work: Writing) -> Response:
    """Changes what is sent. `variants` is the whole list, each with its `id` if it exists; others are sold no longer.

    With `If-Match` the edit is refused when somebody else was quicker.
    """
    await edit_product(work, request, product_id, ask)
    return await show_product(work, str(product_id))


@router.delete(
    "/products/{product_id}", status_code=204, summary="Remove a product", responses=problems(401, 403, 404, 412)
)
async def remove_product_here(product_id: UUID, request: Request, work: Writing) -> None:
    """Takes a product out of the shop. One that was ordered is archived and stays with its orders."""
    await remove_product(work, request, product_id)


@router.post(
    "/products/{product_id}/variants",
    status_code=201,
    summary="Add a variant",
    response_model=ProductShape,
    responses=problems(401, 403, 404, 409, 412),
)
async def add_variant_here(product_id: UUID, ask: VariantAsk, request: Request, work: Writing) -> Response:
    """Adds a variant and shows the whole product; `Location` names the variant."""
    variant_id = await add_variant(work, request, product_id, ask)
    answer = await show_product(work, str(product_id), status=201)
    answer.headers["Location"] = f"/v1/commerce/products/{product_id}/variants/{variant_id}"
    return answer


@router.patch(
    "/products/{product_id}/variants/{variant_id}",
    summary="Edit a variant",
    response_model=ProductShape,
    responses=problems(401, 403, 404, 409, 412),
)
async def edit_variant_here(
    product_id: UUID, variant_id: UUID, ask: EditVariant, request: Request, work: Writing
) -> Response:
    """Changes what is sent of a variant, and shows the whole product."""
    await edit_variant(work, request, product_id, variant_id, ask)
    return await show_product(work, str(product_id))


@router.delete(
    "/products/{product_id}/variants/{variant_id}",
    status_code=204,
    summary="Retire a variant",
    responses=problems(401, 403, 404, 409, 412),
)
async def retire_variant_here(product_id: UUID, variant_id: UUID, request: Request, work: Writing) -> None:
    """Takes a variant off sale; a product keeps at least one."""
    await retire_variant(work, request, product_id, variant_id)
