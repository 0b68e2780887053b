"""Ways in to the search: the list of products, and suggestions while somebody types."""

from typing import Annotated

from fastapi import Query, Request, Response

from fourfold.commerce.search import queries
from fourfold.commerce.search.asked import BadFilter, Find
from fourfold.commerce.search.find import find_products
from fourfold.commerce.search.shapes import ListingPage, Suggestions
from fourfold.ground.answers import JsonText, problems, unless_known
from fourfold.ground.door import public, room_router
from fourfold.ground.work import View

router = room_router("/v1/commerce", "search")


@router.get(
    "/products",
    summary="Find products",
    response_model=ListingPage,
    responses={**problems(404), 304: {"description": "It is still what `If-None-Match` names."}},
)
async def find_products_here(find: Find, request: Request, view: Annotated[View, public(opens=View)]) -> Response:
    """What is on sale: by words (which may be mistyped), category, vendor, price, rating, availability.

    `option.<name>=value` asks for options, all of which one variant must have; `spec.<name>=value` for specifications.
    The same name given twice asks for either value. A search for words ranks the first 600 hits that it finds.
    With `facets=true` hits are counted by category, vendor, price, option and availability: the first 2,000 of a search
    for words, else the first 20,000. With `sort=-sold` the first page of a search that finds more than it ranks may
    be five minutes behind what was sold. With `If-None-Match` an answer that is known is 304.
    """
    given = request.query_params.multi_items() if request.scope["query_string"] else []
    answer = JsonText(await find_products(view, find, given))
    return unless_known(request, answer, for_all=view.who.kind == "anonymous")


@router.get(
    "/products/suggestions", summary="Suggest while typing", response_model=Suggestions, responses=problems(404)
)
async def suggest_here(
    view: Annotated[View, public(opens=View)],
    q: Annotated[str, Query(min_length=1, max_length=100, description="What was typed so far.", examples=["runn"])],
    limit: Annotated[int, Query(ge=1, le=20, description="At most so many products.")] = 5,
) -> Response:
    """Categories, words and products that the typed beginning may become; slips of the keyboard are forgiven."""
    if "\x00" in q:
        raise BadFilter("Leave out the character U+0000.")
    return JsonText(f'{{"items":{await queries.suggestions_for(view.db, q, limit)}}}')
