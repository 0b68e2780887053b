"""Ways in to papers: invoices, credit notes and packing slips as PDF files."""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Header, Query, Response

from fourfold.commerce.papers import queries
from fourfold.commerce.papers.issue import issue_packing_slip
from fourfold.commerce.papers.shapes import PaperShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Page
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/commerce", "papers")

PDF = "application/pdf"
Token = Annotated[str | None, Query(max_length=100, description="A secret of the order's payment, for guests.")]
OrderToken = Annotated[str | None, Header(alias="X-Order-Token", max_length=100, description="The same, as a header.")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}


class NoSuchPaper(NotFound):
    """404: there is no such paper, it is not the caller's to see, or it has not been drawn yet."""

    code = "commerce.no_such_paper"


@router.get(
    "/orders/{order_id}/invoice",
    summary="Download an order's invoice",
    response_class=Response,
    responses={**_FILE, **problems(401, 404)},
)
async def invoice_here(
    order_id: UUID,
    desk: Annotated[Desk, public(opens=Desk)],
    token: Token = None,
    order_token: OrderToken = None,
) -> Response:
    """The invoice as PDF, for the buyer, administrators, and guests with the secret of the payment."""
    async with desk.view() as view:
        reader = await queries.reader_of(view, order_token or token)
        paper = await queries.invoice_seen(view.db, order_id, reader)
    return await _file_of(desk, paper)


@router.get("/orders/{order_id}/papers", summary="List an order's papers", responses=problems(401))
async def papers_here(
    order_id: UUID,
    view: Annotated[View, public(opens=View)],
    token: Token = None,
    order_token: OrderToken = None,
) -> Page[PaperShape]:
    """The invoice and the credit notes of an order, as far as the caller may see them; packing slips for sellers."""
    rows = await queries.papers_seen(view.db, order_id, await queries.reader_of(view, order_token or token))
    return Page(items=[PaperShape.of(row) for row in rows], next=None)


@router.get(
    "/papers/{paper_id}",
    summary="Download a paper",
    response_class=Response,
    responses={**_FILE, **problems(401, 404)},
)
async def paper_here(
    paper_id: UUID,
    desk: Annotated[Desk, public(opens=Desk)],
    token: Token = None,
    order_token: OrderToken = None,
) -> Response:
    """A paper as PDF, for whom it concerns."""
    async with desk.view() as view:
        paper = await queries.paper_seen(view.db, paper_id, await queries.reader_of(view, order_token or token))
    return await _file_of(desk, paper)


@router.post(
    "/fulfilments/{fulfilment_id}/packing-slip",
    status_code=202,
    summary="Ask for a packing slip",
    responses=problems(401, 403, 404),
)
async def packing_slip_here(
    fulfilment_id: UUID, work: Annotated[Work, may("commerce:fulfilments:write")], response: Response
) -> PaperShape:
    """Issues the packing slip of a parcel, drawn in the background; asked again, it is the same one."""
    paper = PaperShape.of(await issue_packing_slip(work, fulfilment_id))
    response.headers["Location"] = f"/v1/commerce/papers/{paper.id}"
    return paper


async def _file_of(desk: Desk, paper: asyncpg.Record | None) -> Response:
    if paper is None or paper["rendered_at"] is None:
        raise NoSuchPaper
    content = await desk.house.storage.get(desk.who.tenant_id, paper["key"])
    headers = {
        "Content-Disposition": f'attachment; filename="{paper["number"]}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=PDF, headers=headers)
