"""One batch of a file is compared with the catalogue and written, in one transaction and all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from fourfold.commerce.catalog.drafts import ProductDraft
from fourfold.commerce.catalog.queries import owners_of_skus, products_with_slugs
from fourfold.commerce.catalog.write import write_products
from fourfold.commerce.categories.ensure import ensure_categories
from fourfold.commerce.formats.batches import Batch
from fourfold.commerce.formats.imported import FaultyProduct, ImportedProduct
from fourfold.commerce.formats.rules import categories_of, category_slugs_of, fingerprint_of
from fourfold.commerce.formats.writers import read_back
from fourfold.commerce.imports import queries, tables
from fourfold.commerce.imports.drafts import draft_of, product_of_row
from fourfold.commerce.imports.rules import faulty, handle_taken, without_sku_clashes
from fourfold.ground.refusals import Refusal, Unavailable
from fourfold.ground.work import Work

MOST_PROBLEMS = 200_000
# What one product's values can cause; anything else is not the file's fault and stops the import.
_REFUSED = (Refusal, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Overtaken(Exception):
    """Another worker carries this import on."""


@dataclass(slots=True)
class Run:
    """An import that is being carried out: how far it has come, and what its dry run would have written by now."""

    import_id: UUID
    vendor_id: UUID
    currency: str
    dry_run: bool
    reached: int
    problems: int = 0
    pretended_skus: dict[str, str] = field(default_factory=dict)
    pretended_products: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class _Sorted:
    """The products of a batch by what is to become of them; `rows` are those to be changed, as they are."""

    changed: list[ImportedProduct] = field(default_factory=list)
    faulty: list[FaultyProduct] = field(default_factory=list)
    unchanged: int = 0
    rows: dict[str, asyncpg.Record] = field(default_factory=dict)


async def apply_batch(work: Work, run: Run, batch: Batch, progress: float) -> asyncpg.Record:
    """Writes what is new or different, notes what is wrong, and moves the import on; raises `Overtaken`."""
    if not await tables.lock_run(work.db, run.import_id, run.reached):
        raise Overtaken
    found = await _sorted(work, run, batch)
    clear, clashing = without_sku_clashes(found.changed, await _sku_owners(work, run, found))
    if run.dry_run:
        refused: list[FaultyProduct] = []
        _pretend(run, clear, found.rows)
    else:
        refused = await _write(work, run, clear, await _drafts(work, run, batch, clear, found.rows))
    failed = [*found.faulty, *clashing, *refused]
    lost = {each.handle for each in refused}
    written = [each for each in clear if each.handle not in lost]
    updated = sum(each.handle in found.rows for each in written)
    await _note(work, run, failed)
    run.reached += len(batch.entries)
    counts = (len(written) - updated, updated, found.unchanged, len(failed))
    return await tables.advance_run(work.db, run.import_id, counts, progress)


async def _sorted(work: Work, run: Run, batch: Batch) -> _Sorted:
    sound = [entry for entry in batch.entries if isinstance(entry, ImportedProduct)]
    found = _Sorted(faulty=[entry for entry in batch.entries if isinstance(entry, FaultyProduct)])
    present = await products_with_slugs(work.db, [each.handle for each in sound])
    doubtful = []
    for product in sound:
        row = present.get(product.handle)
        if row is None:
            found.changed.append(product)
        elif row["vendor_id"] != run.vendor_id:
            found.faulty.append(handle_taken(product))
        elif row["fingerprint"] == batch.fingerprints[product.handle]:
            found.unchanged += 1
        else:
            doubtful.append(product)
    ids = [present[product.handle]["id"] for product in doubtful]
    rows = {row["slug"]: row for row in await queries.products_with_ids(work.db, ids)} if ids else {}
    for product in doubtful:
        # Whoever exports and imports again has another fingerprint than the first file, and still nothing to change.
        row = rows[product.handle]
        as_it_is = read_back(product_of_row(row), row["currency"])
        if as_it_is is not None and fingerprint_of(as_it_is) == batch.fingerprints[product.handle]:
            found.unchanged += 1
        else:
            found.changed.append(product)
            found.rows[product.handle] = row
    return found


async def _sku_owners(work: Work, run: Run, found: _Sorted) -> dict[str, str]:
    """The SKUs of the changed products that other products have, with their handles as far as the file has them."""
    skus = [variant.sku for product in found.changed for variant in product.variants if variant.sku is not None]
    if not skus:
        return {}
    # A product that is about to be written gives up the SKUs that its rows no longer name.
    rewritten = run.pretended_products | {row["id"] for row in found.rows.values()}
    owners = await owners_of_skus(work.db, run.vendor_id, skus)
    others = {sku: "" for sku, product_id in owners.items() if product_id not in rewritten}
    return others | {sku: run.pretended_skus[sku] for sku in skus if sku in run.pretended_skus}


def _pretend(run: Run, products: Sequence[ImportedProduct], rows: Mapping[str, asyncpg.Record]) -> None:
    for product in products:
        if product.handle in rows:
            run.pretended_products.add(rows[product.handle]["id"])
        for variant in product.variants:
            if variant.sku is not None:
                run.pretended_skus[variant.sku] = product.handle


async def _drafts(
    work: Work, run: Run, batch: Batch, products: Sequence[ImportedProduct], rows: Mapping[str, asyncpg.Record]
) -> list[ProductDraft]:
    names: dict[str, str] = {}
    for product in products:
        names |= categories_of(product)
    ids = await ensure_categories(work, names) if names else {}
    kept = await _other_categories(work, rows)
    return [
        draft_of(
            product,
            batch.fingerprints[product.handle],
            run.currency,
            tuple(dict.fromkeys([*(ids[slug] for slug in category_slugs_of(product)), *kept.get(product.handle, ())])),
            rows.get(product.handle),
        )
        for product in products
    ]


async def _other_categories(work: Work, rows: Mapping[str, asyncpg.Record]) -> dict[str, list[UUID]]:
    """Handle → the categories which a product has not from a file, and which stay when a file changes it."""
    if not rows:
        return {}
    handles = {row["id"]: handle for handle, row in rows.items()}
    from_files = {handle: set(category_slugs_of(product_of_row(row))) for handle, row in rows.items()}
    kept: dict[str, list[UUID]] = {}
    for row in await queries.categories_of_products(work.db, list(handles)):
        handle = handles[row["product_id"]]
        if row["slug"] not in from_files[handle]:
            kept.setdefault(handle, []).append(row["category_id"])
    return kept


async def _write(
    work: Work, run: Run, products: Sequence[ImportedProduct], drafts: Sequence[ProductDraft]
) -> list[FaultyProduct]:
    """Writes them at once; when that is refused, halves and quarters, until it is clear which are the reason."""
    if not products:
        return []
    events, jobs = len(work.events), len(work.jobs)
    await work.db.execute("SAVEPOINT batch")
    try:
        await write_products(work, run.vendor_id, drafts, now=work.now)
    except Unavailable:
        raise
    except _REFUSED as why:
        await work.db.execute("ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch")
        del work.events[events:], work.jobs[jobs:]
        if len(products) == 1:
            return [_refused(products[0], why)]
        middle = len(products) // 2
        first = await _write(work, run, products[:middle], drafts[:middle])
        return first + await _write(work, run, products[middle:], drafts[middle:])
    await work.db.execute("RELEASE SAVEPOINT batch")
    return []


def _refused(product: ImportedProduct, why: Exception) -> FaultyProduct:
    if isinstance(why, Refusal):
        return faulty(product, None, why.code.rpartition(".")[2], why.detail)
    if isinstance(why, asyncpg.UniqueViolationError):
        return faulty(product, None, "taken", "Its handle or a SKU has just been taken by another product.")
    return faulty(product, None, "cannot_be_kept", "One of its values cannot be kept by the database.")


async def _note(work: Work, run: Run, failed: Sequence[FaultyProduct]) -> None:
    rows = [
        (problem.line, position, problem.handle, problem.column, problem.code, problem.message)
        for product in failed
        for position, problem in enumerate(product.problems)
    ][: MOST_PROBLEMS - run.problems]
    run.problems += len(rows)
    if rows:
        await tables.insert_problems(work.db, work.who.tenant_id, run.import_id, rows)
