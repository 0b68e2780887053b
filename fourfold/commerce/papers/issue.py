"""A paper is issued: it gets the next number of its series and its content for good, and is drawn in the background."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import asyncpg

from fourfold.commerce.fulfilments.ship import NoSuchFulfilment
from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.papers import queries, tables
from fourfold.commerce.papers.jobs import DrawPaper, draw_paper
from fourfold.commerce.papers.paper import Paper, PaperKind
from fourfold.commerce.papers.rules import Naming, content_of, credit_note_of, invoice_of, packing_slip_of
from fourfold.commerce.papers.words import language_for
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.contracts.core import Tenants
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work

SERIES: dict[PaperKind, str] = {"invoice": "INV", "credit_note": "CN", "packing_slip": "PS"}


async def issue_invoice(work: Work, order_id: UUID) -> None:
    """Issues the invoice of a paid order, once."""
    if await queries.paper_about(work.db, "invoice", order_id) is not None:
        return
    order = await queries.order_facts(work.db, order_id)
    shop = await queries.shop_facts(work.db)
    if order is None or shop is None:
        raise NoSuchOrder
    await _issue(work, "invoice", order_id, order_id, lambda naming: invoice_of(order, shop, naming))


async def issue_credit_note(work: Work, order_id: UUID, refund_id: UUID) -> None:
    """Issues the credit note of a refund, once; there is none for an order without an invoice."""
    invoice = await queries.paper_about(work.db, "invoice", order_id)
    if invoice is None or await queries.paper_about(work.db, "credit_note", refund_id) is not None:
        return
    refund = await queries.refund_facts(work.db, refund_id)
    order = await queries.order_facts(work.db, order_id)
    shop = await queries.shop_facts(work.db)
    if refund is None or order is None or shop is None:
        return
    await _issue(
        work, "credit_note", refund_id, order_id,
        lambda naming: credit_note_of(order, refund, shop, naming, invoice["number"]),
    )  # fmt: skip


async def issue_packing_slip(work: Work, fulfilment_id: UUID) -> asyncpg.Record:
    """The packing slip of a parcel, issued when there is none yet; raises `NoSuchFulfilment`."""
    part = await queries.part_facts(work.db, fulfilment_id)
    scope = await vendor_scope(work)
    if part is None or scope not in {None, part["vendor_id"]}:
        raise NoSuchFulfilment
    if await queries.paper_about(work.db, "packing_slip", fulfilment_id) is None:
        order = await queries.order_facts(work.db, part["order_id"])
        shop = await queries.shop_facts(work.db)
        if order is None or shop is None:
            raise NoSuchFulfilment
        await _issue(
            work, "packing_slip", fulfilment_id, part["order_id"],
            lambda naming: packing_slip_of(order, part, shop, naming),
        )  # fmt: skip
    paper = await queries.paper_about(work.db, "packing_slip", fulfilment_id)
    if paper is None:
        raise NoSuchFulfilment
    return paper


async def _issue(
    work: Work, kind: PaperKind, cause_id: UUID, order_id: UUID, draw_up: Callable[[Naming], Paper]
) -> None:
    """Takes the number last: the series stays locked until the transaction ends. It speaks the tenant's language."""
    shop = await queries.shop_facts(work.db)
    series = f"{SERIES[kind]}-{work.now.year}"
    sequence = await tables.next_in_series(work.db, work.who.tenant_id, series)
    naming = Naming(f"{series}-{sequence:06d}", work.now)
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    paper = replace(draw_up(naming), language=language_for(tenant.locale))
    content = content_of(paper, shop["logo_key"] if shop else None)
    paper_id = new_id()
    await tables.insert_paper(
        work.db, work.who.tenant_id, paper_id, kind, cause_id, order_id, series, sequence, naming.number, content,
        work.now,
    )  # fmt: skip
    work.later(draw_paper, DrawPaper(paper_id=paper_id), once=f"paper:{paper_id}")
