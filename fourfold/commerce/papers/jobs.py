"""Durable work of papers: drawing, storing, and sending them to the buyer."""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.commerce.letters.send import send_letter_about_order
from fourfold.commerce.papers import queries, tables
from fourfold.commerce.papers.paper import Paper
from fourfold.commerce.papers.rules import paper_of
from fourfold.contracts.core import AttachedFile
from fourfold.ground.durable import job
from fourfold.ground.money import Money
from fourfold.ground.storage import NoSuchFile
from fourfold.ground.work import Desk

PDF = "application/pdf"


class DrawPaper(BaseModel):
    """Which paper to draw."""

    paper_id: UUID


@job("commerce.papers.draw_paper", steps=True)
async def draw_paper(desk: Desk, ask: DrawPaper) -> None:
    """Draws a paper and stores it, then sends it; a paper that is drawn twice is the same file."""
    async with desk.view() as view:
        row = await queries.paper_with_id(view.db, ask.paper_id)
    if row is None:
        return
    key = f"commerce/papers/{ask.paper_id}.pdf"
    if row["rendered_at"] is None:
        paper = await _with_logo(desk, paper_of(row["content"]), row["content"]["logo_key"])
        file = await asyncio.to_thread(_typesetter(), paper, desk.house.settings.fonts)
        await desk.house.storage.put(desk.who.tenant_id, key, file, PDF)
        async with desk.work() as work:
            await tables.mark_rendered(work.db, ask.paper_id, key, work.now)
    await _send(desk, row, AttachedFile(f"{row['number']}.pdf", key, PDF))


def _typesetter() -> Callable[[Paper, Path | None], bytes]:
    # By name: this module is also known to processes that never draw, and the typesetter weighs 80 MB.
    module = importlib.import_module("fourfold.commerce.papers.render")
    render: Callable[[Paper, Path | None], bytes] = module.render_paper
    return render


async def _with_logo(desk: Desk, paper: Paper, logo_key: str | None) -> Paper:
    if logo_key is not None:
        with suppress(NoSuchFile):
            logo = await desk.house.storage.get(desk.who.tenant_id, logo_key)
            return replace(paper, seller=replace(paper.seller, logo=logo))
    return paper


async def _send(desk: Desk, paper: asyncpg.Record, file: AttachedFile) -> None:
    more: dict[str, Any] = {"paper_number": paper["number"]}
    if paper["kind"] == "invoice":
        once = f"payment_received:{paper['order_id']}"
        await send_letter_about_order(desk, paper["order_id"], "payment_received", once, more, [file])
    elif paper["kind"] == "credit_note":
        async with desk.view() as view:
            refund = await queries.refund_facts(view.db, paper["cause_id"])
        if refund is not None:
            total = paper_of(paper["content"]).totals.total
            more |= {"amount": Money(refund["amount"], total.currency), "reason": refund["reason"]}
            once = f"refund_completed:{paper['cause_id']}"
            await send_letter_about_order(desk, paper["order_id"], "refund_completed", once, more, [file])
