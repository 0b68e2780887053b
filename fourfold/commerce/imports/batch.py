"""One batch of a file is compared with the catalogue, and written in one transaction, all or nothing."""

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
from fourfold.ground.work import View, Work

MOST_PROBLEMS = 200_000
# What one product's values can cause; anything else is not the file's fault and stops the import.
_REFUSED = (Refusal, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Overtaken(Exception):
    """Somebody else carries this import on."""


@dataclass(slots=True)
class Run:
    """An import that is being carried out; `problems` counts those written down.

    `claimed` (SKU → handle) and `rewritten` are what batches that are not committed yet take and give up; in a dry run
    that is all of them.
    """

    import_id: UUID
    vendor_id: UUID
    currency: str
    dry_run: bool
    problems: int = 0
    claimed: dict[str, str] = field(default_factory=dict)
    rewritten: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Compared:
    """A batch's products by what is to become of them; `rows` are those to be changed, as they are, by handle."""

    batch: Batch
    changed: list[ImportedProduct] = field(default_factory=list)
    faulty: list[FaultyProduct] = field(default_factory=list)
    unchanged: int = 0
    rows: dict[str, asyncpg.Record] = field(default_factory=dict)

    @property
    def skus(self) -> dict[str, str]:
        """SKU → handle of all that is to be written."""
        return {
            variant.sku: product.handle
            for product in self.changed
            for variant in product.variants
            if variant.sku is not None
        }


async def compare_batch(view: View, run: Run, batch: Batch) -> Compared:
    """What is new, different, the same or impossible; batches are compared in the order of the file."""
    found = await _sorted(view, run, batch)
    found.changed, clashing = without_sku_clashes(found.changed, await _sku_owners(view, run, found))
    found.faulty += clashing
    run.claimed |= found.skus
    run.rewritten |= {row["id"] for row in found.rows.values()}
    return found


async def write_batch(work: Work, run: Run, found: Compared, progress: float) -> asyncpg.Record:
    """Writes what is new or different, notes what is wrong, and moves the import on; raises `Overtaken`."""
    refused: list[FaultyProduct] = []
    if not run.dry_run:
        refused = await _write(work, run, found.changed, await _drafts(work, run, found))
    failed = [*found.faulty, *refused]
    lost = {each.handle for each in refused}
    written = [each for each in found.changed if each.handle not in lost]
    updated = sum(each.handle in found.rows for each in written)
    await _note(work, run, failed)
    places = range(found.batch.first, found.batch.end)
    counts = (len(written) - updated, updated, found.unchanged, len(failed))
    row = await tables.advance_run(work.db, run.import_id, places, counts, progress)
    if row is None:
        raise Overtaken
    return row


def note_commit(run: Run, found: Compared) -> None:
    """From now on the database tells who has which SKU, unless nothing was written."""
    run.problems += sum(len(product.problems) for product in found.faulty)
    if run.dry_run:
        return
    for sku, handle in found.skus.items():
        if run.claimed.get(sku) == handle:
            del run.claimed[sku]
    run.rewritten -= {row["id"] for row in found.rows.values()}


async def _sorted(view: View, run: Run, batch: Batch) -> Compared:
    sound = [entry for entry in batch.entries if isinstance(entry, ImportedProduct)]
    found = Compared(batch, faulty=[entry for entry in batch.entries if isinstance(entry, FaultyProduct)])
    present = await products_with_slugs(view.db, [each.handle for each in sound])
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
    await _look_closer(view, found, doubtful, [present[product.handle]["id"] for product in doubtful])
    return found


async def _look_closer(
    view: View, found: Compared, products: Sequence[ImportedProduct], product_ids: Sequence[UUID]
) -> None:
    """Whoever exports and imports again has another fingerprint than the first file, and still nothing to change."""
    rows = {row["slug"]: row for row in await queries.products_with_ids(view.db, product_ids)} if product_ids else {}
    for product in products:
        row = rows[product.handle]
        as_it_is = read_back(product_of_row(row), row["currency"])
        if as_it_is is not None and fingerprint_of(as_it_is) == found.batch.fingerprints[product.handle]:
            found.unchanged += 1
        else:
            found.changed.append(product)
            found.rows[product.handle] = row


async def _sku_owners(view: View, run: Run, found: Compared) -> dict[str, str]:
    """The SKUs of the changed products that other products have, with their handles as far as they are known."""
    skus = list(found.skus)
    if not skus:
        return {}
    # In this order: what is committed in between is then seen twice, and never missed.
    claimed = {sku: run.claimed[sku] for sku in skus if sku in run.claimed}
    # A product that is about to be written gives up the SKUs that its rows no longer name.
    rewritten = run.rewritten | {row["id"] for row in found.rows.values()}
    owners = await owners_of_skus(view.db, run.vendor_id, skus)
    return {sku: "" for sku, product_id in owners.items() if product_id not in rewritten} | claimed


async def _drafts(work: Work, run: Run, found: Compared) -> list[ProductDraft]:
    names: dict[str, str] = {}
    for product in found.changed:
        names |= categories_of(product)
    ids = await ensure_categories(work, names) if names else {}
    kept = await _other_categories(work, found.rows)
    return [
        draft_of(
            product,
            found.batch.fingerprints[product.handle],
            run.currency,
            tuple(dict.fromkeys([*(ids[slug] for slug in category_slugs_of(product)), *kept.get(product.handle, ())])),
            found.rows.get(product.handle),
        )
        for product in found.changed
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
    ][: max(MOST_PROBLEMS - run.problems, 0)]
    if rows:
        await tables.insert_problems(work.db, work.who.tenant_id, run.import_id, rows)
