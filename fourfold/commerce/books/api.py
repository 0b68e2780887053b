"""The way in to the books."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from fourfold.commerce.books.queries import check_books
from fourfold.commerce.books.shapes import BooksShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.work import View

router = room_router("/v1/commerce", "books")


@router.get("/books", summary="Check the books", responses=problems(401, 403))
async def books_here(
    view: Annotated[View, may("commerce:books:read", opens=View, rate="costly")],
    grace_seconds: Annotated[
        int, Query(ge=0, le=86_400, description="How old a cause must be for its work in the background to be missed.")
    ] = 300,
) -> BooksShape:
    """Checks stock, orders, money and papers of the tenant against each other, and names the rows that do not fit."""
    return await check_books(view, timedelta(seconds=grace_seconds))
