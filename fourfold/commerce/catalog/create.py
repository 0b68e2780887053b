"""A product is created."""

from collections.abc import Collection, Sequence
from uuid import UUID

from fourfold.commerce.catalog import queries, tables
from fourfold.commerce.catalog.asked import CreateProduct, VariantAsk
from fourfold.commerce.catalog.drafts import ProductDraft, VariantDraft, WrittenProduct
from fourfold.commerce.catalog.rules import free_slug, option_names, safe_html, slug_of
from fourfold.commerce.catalog.write import write_products
from fourfold.commerce.categories.queries import refuse_unknown_categories
from fourfold.commerce.vendors.queries import vendor_with_id
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.commerce.vendors.shop import Shop, ensure_shop
from fourfold.contracts.commerce import ProductPublished
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.ground.work import Work


class UnknownVendor(Invalid):
    """422: there is no such vendor, or it is not the caller's to sell for."""

    code = "commerce.unknown_vendor"
    title = "There is no such vendor"


class UnknownVariant(Invalid):
    """422: a variant that the product does not have."""

    code = "commerce.unknown_variant"
    title = "The product has no such variant"


class WrongCurrency(Invalid):
    """422: a shop has one currency, and this price is in another."""

    code = "commerce.wrong_currency"
    title = "The price is not in the shop's currency"


class UnequalOptions(Invalid):
    """422: the variants of a product differ in what their options are called."""

    code = "commerce.unequal_options"
    title = "All variants of a product have the same options"


async def create_product(work: Work, ask: CreateProduct) -> WrittenProduct:
    """Creates the product, on sale at once when its status is published."""
    shop = await ensure_shop(work)
    vendor_id = await _vendor_for(work, shop, ask.vendor_id)
    await refuse_unknown_categories(work.db, ask.category_ids)
    refuse_unknown_variants(ask.variants, ())
    draft = ProductDraft(
        slug=ask.slug or await _slug_for(work, ask.title),
        title=ask.title,
        status=ask.status,
        currency=shop.currency,
        variants=variants_of(ask.variants, shop.currency),
        description=safe_html(ask.description),
        kind=ask.kind,
        tags=tuple(dict.fromkeys(ask.tags)),
        options=names_of(ask.variants),
        specifications=ask.specifications,
        seo_title=ask.seo_title,
        seo_description=ask.seo_description,
        tax_class=ask.tax_class,
        category_ids=tuple(ask.category_ids),
    )
    (written,) = await write_products(work, vendor_id, [draft], now=work.now)
    if ask.status == "published":
        work.emit(ProductPublished(product_id=written.product_id, vendor_id=vendor_id, title=ask.title))
    return written


def variants_of(asks: Sequence[VariantAsk], currency: str) -> tuple[VariantDraft, ...]:
    """Drafts of what was asked for; raises `WrongCurrency`."""
    foreign = [
        FieldError(f"variants.{at}.{name}", f"This shop sells in {currency}.", "wrong_currency")
        for at, ask in enumerate(asks)
        for name, price in (("price", ask.price), ("compare_at", ask.compare_at))
        if price is not None and price.currency != currency
    ]
    if foreign:
        raise WrongCurrency(errors=foreign)
    return tuple(
        VariantDraft(
            sku=ask.sku,
            options=ask.options,
            price=ask.price.amount,
            title=ask.title,
            compare_at=ask.compare_at.amount if ask.compare_at else None,
            barcode=ask.barcode,
            weight_grams=ask.weight_grams,
            backorder=ask.backorder,
            stock=ask.stock,
            variant_id=ask.id,
        )
        for ask in asks
    )


def names_of(variants: Sequence[VariantAsk | VariantDraft]) -> tuple[str, ...]:
    """The names of the options that all variants share; raises `UnequalOptions`."""
    names = option_names([each.options for each in variants])
    if names is None:
        raise UnequalOptions
    return names


def refuse_unknown_variants(asks: Sequence[VariantAsk], known: Collection[UUID]) -> None:
    """Raises `UnknownVariant` when an id is not among those that the product has, or had."""
    missing = [
        FieldError(f"variants.{at}.id", f"The product has no variant {ask.id}.", "unknown")
        for at, ask in enumerate(asks)
        if ask.id is not None and ask.id not in known
    ]
    if missing:
        raise UnknownVariant(errors=missing)


async def _vendor_for(work: Work, shop: Shop, asked: UUID | None) -> UUID:
    scope = await vendor_scope(work)
    vendor_id = asked or scope or shop.house_vendor_id
    known = vendor_id is not None and await vendor_with_id(work.db, vendor_id) is not None
    if vendor_id is None or scope not in {None, vendor_id} or not known:
        raise UnknownVendor(errors=[FieldError("vendor_id", f"There is no vendor {vendor_id}.", "unknown")])
    return vendor_id


async def _slug_for(work: Work, title: str) -> str:
    slug = slug_of(title)
    await tables.lock_slug(work.db, work.who.tenant_id, slug)
    return free_slug(slug, await queries.slugs_like(work.db, slug))
