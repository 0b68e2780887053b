"""Ways in to imports and exports."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from fourfold.commerce.formats.readers import Format
from fourfold.commerce.imports import queries
from fourfold.commerce.imports.export import ExportFormat, exported_problems, exported_products
from fourfold.commerce.imports.shapes import ROOT, ImportShape, RowErrorShape
from fourfold.commerce.imports.start import NoSuchSeller, StartImport, start_import
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.ground.answers import problems
from fourfold.ground.audit import record_security_event
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Desk, View, Work

Responses = dict[int | str, dict[str, Any]]

router = room_router("/v1/commerce", "imports")

_ERRORS: Responses = {
    200: {"description": "The errors, by line.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_EXPORT: Responses = {
    200: {
        "description": "The products.",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/x-ndjson")},
    }
}


class NoSuchImport(NotFound):
    """404: there is no such import, or it is another vendor's."""

    code = "commerce.no_such_import"


@router.post("/imports", status_code=202, summary="Import products", responses=problems(401, 403, 404, 409))
async def start_import_here(
    response: Response,
    work: Annotated[Work, may("commerce:imports:write", rate="costly")],
    file: Annotated[UploadFile, File(description="CSV (Fourfold's or Shopify's columns), .xlsx, JSON or NDJSON.")],
    dry_run: Annotated[bool, Form(description="Only report what would be done.")] = False,
    form: Annotated[Format | None, Form(alias="format", description="By default the content decides.")] = None,
    vendor_id: Annotated[UUID | None, Form(description="For administrators; by default the shop itself.")] = None,
    dry_run_asked: Annotated[bool, Query(alias="dry_run", description="The same as the field.")] = False,
) -> ImportShape:
    """Takes a file of products with their prices and stock, and imports it in the background; watch its `Location`.

    Products are found again by their handle. A product of which nothing differs is not touched; importing the same
    file again changes nothing. A product with a faulty row is left out whole, and the others go on. The file's vendor
    column is kept as the specification Brand; whose the products become is no matter of the file.
    """
    ask = StartImport(dry_run=dry_run or dry_run_asked, format=form, vendor_id=vendor_id)
    shape = await start_import(work, file, ask)
    response.headers["Location"] = f"{ROOT}/{shape.id}"
    return shape


@router.get("/imports", summary="List imports", responses=problems(401, 403))
async def list_imports_here(
    view: Annotated[View, may("commerce:imports:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[ImportShape]:
    """Imports, newest first; a vendor sees its own."""
    position = position_of(view, "imports", cursor)
    scope = await vendor_scope(view)
    rows = await queries.imports_page(view.db, scope, UUID(position[0]) if position else None, limit + 1)
    items = [ImportShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "imports", [str(items[-1].id)]) if len(rows) > limit else None)


@router.get("/imports/{import_id}", summary="Read an import", responses=problems(401, 403, 404))
async def import_here(import_id: UUID, view: Annotated[View, may("commerce:imports:read", opens=View)]) -> ImportShape:
    """How far the import is, what it has done, and why it failed if it did."""
    return await _import(view, import_id)


@router.get(
    "/imports/{import_id}/errors",
    summary="Read the errors of an import",
    response_model=Page[RowErrorShape],
    responses={**problems(401, 403, 404), **_ERRORS},
)
async def errors_here(
    import_id: UUID,
    request: Request,
    desk: Annotated[Desk, may("commerce:imports:read", opens=Desk, rate="costly")],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What was wrong with which row: as a CSV file, or page by page when JSON is accepted; 200,000 errors at most."""
    async with desk.view() as view:
        found = await _import(view, import_id)
        if "application/json" in request.headers.get("accept", ""):
            return Response(
                (await _errors(view, found.id, limit, cursor)).model_dump_json(), media_type="application/json"
            )
    return _download(exported_problems(desk, found.id), "text/csv", f"import-{found.id}-errors.csv")


@router.get(
    "/exports/products",
    summary="Export products",
    response_class=StreamingResponse,
    responses={**problems(401, 403, 404), **_EXPORT},
)
async def export_products_here(
    desk: Annotated[Desk, may("commerce:products:read", opens=Desk, rate="costly")],
    form: Annotated[ExportFormat, Query(alias="format", description="CSV has our own columns.")] = ExportFormat.CSV,
    vendor_id: Annotated[UUID | None, Query(description="For administrators: one vendor's only.")] = None,
) -> Response:
    """All products with prices and stock, drafts too; a vendor gets its own. Importing the file changes nothing."""
    async with desk.view() as view:
        scope = await vendor_scope(view)
    if scope is not None and vendor_id not in {None, scope}:
        raise NoSuchSeller
    seller = f"vendor:{scope or vendor_id}" if scope or vendor_id else "products"
    await record_security_event(desk.house, desk.who, "commerce.imports.export_products", seller)
    kind = "text/csv" if form is ExportFormat.CSV else "application/x-ndjson"
    return _download(exported_products(desk, scope or vendor_id, form), kind, f"products.{form}")


async def _import(view: View, import_id: UUID) -> ImportShape:
    row = await queries.import_with_id(view.db, import_id, await vendor_scope(view))
    if row is None:
        raise NoSuchImport
    return ImportShape.of(row)


async def _errors(view: View, import_id: UUID, limit: int, cursor: str | None) -> Page[RowErrorShape]:
    purpose = f"import errors {import_id}"
    position = position_of(view, purpose, cursor)
    after = (position[0], position[1]) if position else (-1, -1)
    rows = await queries.problems_page(view.db, import_id, after, limit + 1)
    items = [
        RowErrorShape(
            line=row["line"], handle=row["handle"], column=row["column_name"], code=row["code"], message=row["message"]
        )
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=cursor_for(view, purpose, [last["line"], last["position"]]) if last else None)


def _download(content: AsyncIterator[bytes], kind: str, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(content, media_type=f"{kind}; charset=utf-8", headers=headers)
