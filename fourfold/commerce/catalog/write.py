"""Products are written, many at a time: new ones, and new states of those that exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.commerce.catalog import queries, tables
from fourfold.commerce.catalog.drafts import ProductDraft, VariantDraft, WrittenProduct
from fourfold.commerce.catalog.rules import options_key
from fourfold.commerce.search.refresh import refresh_listings
from fourfold.commerce.stock.count import allow_backorders, open_stock, set_stock
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError
from fourfold.ground.work import Work


class SlugTaken(Conflict):
    """409: another product has this slug."""

    code = "commerce.slug_taken"
    title = "Another product has this slug"


class SkuTaken(Conflict):
    """409: another variant of the same vendor has this SKU."""

    code = "commerce.sku_taken"
    title = "Another variant of this vendor has the SKU"


class SameOptions(Conflict):
    """409: two variants of one product have the same options."""

    code = "commerce.same_options"
    title = "Two variants have the same options"


@dataclass(slots=True)
class _Plan:
    """Which rows a batch adds and which it changes; a variant's row is (id, product, vendor, position, draft)."""

    products: list[tuple[UUID, ProductDraft]] = field(default_factory=list)
    new: list[tuple[UUID, UUID, int, VariantDraft]] = field(default_factory=list)
    kept: list[tuple[UUID, UUID, int, VariantDraft]] = field(default_factory=list)
    written: list[WrittenProduct] = field(default_factory=list)


async def write_products(
    work: Work, vendor_id: UUID, drafts: Sequence[ProductDraft], *, now: datetime
) -> list[WrittenProduct]:
    """Writes the vendor's products with variants, categories, pictures and stock, in the order given.

    Existing variants are found by id or by their options; those that a draft no longer names become inactive. Raises
    `SlugTaken` and `SkuTaken`, after which nothing of the transaction may be kept. The shop shows the result at once.
    """
    if not drafts:
        return []
    known = await queries.variants_of_products(work.db, [each.product_id for each in drafts if each.product_id])
    plan = _plan(drafts, known)
    tenant_id = work.who.tenant_id
    try:
        await tables.upsert_products(work.db, tenant_id, vendor_id, plan.products, now)
        await tables.retire_variants(work.db, [each.product_id for each in plan.written], [row[0] for row in plan.kept])
        await tables.update_variants(work.db, plan.kept)
        await tables.insert_variants(work.db, tenant_id, vendor_id, plan.new, now)
    except asyncpg.UniqueViolationError as problem:
        raise _taken(problem) from problem
    await tables.set_categories(work.db, tenant_id, plan.products)
    await tables.set_source_images(work.db, tenant_id, plan.products, now)
    await _write_stock(work, plan)
    await refresh_listings(work, [each.product_id for each in plan.written])
    return plan.written


def _plan(drafts: Sequence[ProductDraft], known: Mapping[UUID, Sequence[asyncpg.Record]]) -> _Plan:
    plan = _Plan()
    for draft in drafts:
        product_id = draft.product_id or new_id()
        rows = known.get(product_id, ())
        # The active variant wins over one that was retired with the same options.
        free = {row["options_key"]: row["id"] for row in sorted(rows, key=lambda row: row["active"])}
        named = {each.variant_id for each in draft.variants}
        ids = {row["id"] for row in rows}
        variant_ids: list[UUID] = []
        for position, variant in enumerate(draft.variants, 1):
            alike = free.get(options_key(variant.options))
            kept = variant.variant_id if variant.variant_id in ids else None if alike in named else alike
            if kept in variant_ids:
                raise SameOptions
            variant_id = kept or new_id()
            (plan.kept if kept else plan.new).append((variant_id, product_id, position, variant))
            variant_ids.append(variant_id)
        plan.products.append((product_id, draft))
        plan.written.append(WrittenProduct(product_id, draft.slug, draft.product_id is None, tuple(variant_ids)))
    return plan


async def _write_stock(work: Work, plan: _Plan) -> None:
    await open_stock(work, [(row[0], row[3].stock or 0, row[3].backorder) for row in plan.new])
    await allow_backorders(work, [(row[0], row[3].backorder) for row in plan.kept])
    counts = [(row[0], row[3].stock) for row in plan.kept if row[3].stock is not None]
    await set_stock(work, counts, "import" if any(draft.fingerprint for _, draft in plan.products) else "counted")


def _taken(problem: asyncpg.UniqueViolationError) -> Conflict:
    constraint = problem.constraint_name or ""
    if constraint == "variant_sku":
        return SkuTaken(errors=[FieldError("variants.sku", "A variant of this vendor has the SKU already.", "taken")])
    if constraint == "variant_options":
        return SameOptions()
    return SlugTaken(errors=[FieldError("slug", "A product has this slug already.", "taken")])
