"""Products as they are shown: to buyers, and to those who sell them."""

from uuid import UUID

from fourfold.commerce.catalog import queries
from fourfold.commerce.vendors.scope import NOBODY, vendor_scope
from fourfold.ground.answers import JsonText, tag_of, tag_with
from fourfold.ground.pages import cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View

_OWN = "commerce.vendor_products"


class NoSuchProduct(NotFound):
    """404: there is no such product, or it is not the caller's to see."""

    code = "commerce.no_such_product"


def product_tag(product_id: UUID, version: int) -> str:
    """The version in the entity tag of a product: it changes with every edit."""
    return tag_of("product", product_id, version)


async def show_product(view: View, reference: str, *, status: int = 200) -> JsonText:
    """A product by id or slug, as JSON with its entity tag; raises `NoSuchProduct`.

    Buyers see what is on sale; drafts and archived products are shown to their vendor and to administrators.
    """
    scope = await vendor_scope(view) if view.who.may("commerce:products:read") else NOBODY
    row = await queries.product_document(view.db, _id_in(reference), reference, scope)
    if row is None:
        raise NoSuchProduct
    document: str = row["document"]
    tag = tag_with(product_tag(row["id"], row["version"]), document.encode())
    return JsonText(document, status, {"ETag": tag})


async def own_products(view: View, status: str | None, limit: int, cursor: str | None) -> JsonText:
    """The caller's own products (all products for administrators), newest first, in any state."""
    scope = await vendor_scope(view)
    purpose = f"{_OWN}:{status}"
    position = position_of(view, purpose, cursor)
    before = UUID(position[0]) if position else None
    rows = await queries.own_products(view.db, scope, status, before, limit + 1)
    more = len(rows) > limit
    following = f'"{cursor_for(view, purpose, [str(rows[limit - 1]["id"])])}"' if more else "null"
    return JsonText('{"items":[' + ",".join(row["document"] for row in rows[:limit]) + '],"next":' + following + "}")


def _id_in(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None
