"""A product is edited; its variants are added, changed and taken off the shelf."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from fastapi import Request

from fourfold.commerce.catalog import queries
from fourfold.commerce.catalog.asked import EditProduct, EditVariant, VariantAsk
from fourfold.commerce.catalog.create import UnknownVariant, names_of, refuse_unknown_variants, variants_of
from fourfold.commerce.catalog.drafts import ProductDraft, VariantDraft
from fourfold.commerce.catalog.rules import safe_html
from fourfold.commerce.catalog.show import NoSuchProduct, product_tag
from fourfold.commerce.catalog.write import write_products
from fourfold.commerce.categories.queries import refuse_unknown_categories
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.contracts.commerce import ProductPublished
from fourfold.ground.answers import must_match
from fourfold.ground.refusals import Conflict, FieldError, NotFound
from fourfold.ground.work import Work

Change = Callable[[ProductDraft], ProductDraft]
_DRAFTED = {field.name for field in fields(ProductDraft)} - {"variants", "images", "product_id", "fingerprint"}
_VARIANT = {field.name for field in fields(VariantDraft)} - {"stock", "variant_id"}


class NoSuchVariantOfProduct(NotFound):
    """404: the product has no such variant on sale."""

    code = "commerce.no_such_variant"


class LastVariant(Conflict):
    """409: a product keeps at least one variant; archive the product instead."""

    code = "commerce.last_variant"
    title = "A product keeps at least one variant"


class TooManyVariants(Conflict):
    """409: a product has at most a hundred variants."""

    code = "commerce.too_many_variants"
    title = "A product has at most 100 variants"


@dataclass(frozen=True, slots=True)
class Editing:
    """A product that is open for an edit: it is locked, the caller may change it, and no edit came in between."""

    product: Mapping[str, Any]
    draft: ProductDraft


async def open_product(work: Work, request: Request, product_id: UUID) -> Editing:
    """Opens a product for an edit; raises `NoSuchProduct`, or 412 when `If-Match` names another version."""
    scope = await vendor_scope(work)
    product = await queries.product_row(work.db, product_id)
    if product is None or scope not in {None, product["vendor_id"]}:
        raise NoSuchProduct
    must_match(request, product_tag(product_id, product["version"]))
    variants = tuple(
        VariantDraft(variant_id=row["id"], **{name: row[name] for name in _VARIANT})
        for row in await queries.active_variants(work.db, product_id)
    )
    kept = {name: product[name] for name in _DRAFTED}
    return Editing(product, ProductDraft(variants=variants, product_id=product_id, **kept))


async def edit_product(work: Work, request: Request, product_id: UUID, ask: EditProduct) -> None:
    """Changes what was sent and leaves the rest."""
    editing = await open_product(work, request, product_id)
    given = {name: getattr(ask, name) for name in ask.model_fields_set - {"variants"}}
    if "category_ids" in given:
        await refuse_unknown_categories(work.db, ask.category_ids)
    if "description" in given:
        given["description"] = safe_html(ask.description)
    if "variants" in ask.model_fields_set:
        known = await queries.variants_of_products(work.db, [product_id])
        refuse_unknown_variants(ask.variants, {row["id"] for row in known.get(product_id, ())})
        given["variants"] = variants_of(ask.variants, editing.draft.currency)
    await _write(work, editing, replace(editing.draft, **given))


async def add_variant(work: Work, request: Request, product_id: UUID, ask: VariantAsk) -> UUID:
    """Adds a variant, or puts one with the same options back on sale; gives its id."""
    editing = await open_product(work, request, product_id)
    if ask.id is not None:
        raise UnknownVariant(errors=[FieldError("id", f"The product has no variant {ask.id}.", "unknown")])
    if len(editing.draft.variants) >= 100:  # noqa: PLR2004 - the same as in the form
        raise TooManyVariants
    added = variants_of([ask], editing.draft.currency)
    ids = await _write(work, editing, replace(editing.draft, variants=editing.draft.variants + added))
    return ids[-1]


async def edit_variant(work: Work, request: Request, product_id: UUID, variant_id: UUID, ask: EditVariant) -> None:
    """Changes what was sent of a variant."""
    editing = await open_product(work, request, product_id)
    given = {name: getattr(ask, name) for name in ask.model_fields_set}
    for name in ("price", "compare_at"):
        price = given.get(name)
        if price is not None:
            (checked,) = variants_of([VariantAsk(price=price)], editing.draft.currency)
            given[name] = checked.price
        elif name == "price":
            given.pop(name, None)
    if all(each.variant_id != variant_id for each in editing.draft.variants):
        raise NoSuchVariantOfProduct
    changed = tuple(
        replace(each, **given) if each.variant_id == variant_id else each for each in editing.draft.variants
    )
    await _write(work, editing, replace(editing.draft, variants=changed))


async def retire_variant(work: Work, request: Request, product_id: UUID, variant_id: UUID) -> None:
    """Takes a variant off sale; orders that name it keep it."""
    editing = await open_product(work, request, product_id)
    left = tuple(each for each in editing.draft.variants if each.variant_id != variant_id)
    if len(left) == len(editing.draft.variants):
        raise NoSuchVariantOfProduct
    if not left:
        raise LastVariant
    await _write(work, editing, replace(editing.draft, variants=left))


async def _write(work: Work, editing: Editing, draft: ProductDraft) -> tuple[UUID, ...]:
    draft = replace(draft, options=names_of(draft.variants) if draft.variants else ())
    work.changed(asdict(editing.draft), asdict(draft))
    (written,) = await write_products(work, editing.product["vendor_id"], [draft], now=work.now)
    if draft.status == "published" and editing.product["status"] != "published":
        work.emit(
            ProductPublished(product_id=written.product_id, vendor_id=editing.product["vendor_id"], title=draft.title)
        )
    return written.variant_ids
