"""Reads of carts, each by the one who may see it."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View

CART = "id, account_id, status, currency, coupons AS codes, version"


class NoSuchCart(NotFound):
    """404: there is no such cart, or it is somebody else's."""

    code = "commerce.no_such_cart"
    title = "There is no such cart"


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart without its lines; `account_id` is None for a visitor's, which its id alone opens."""

    id: UUID
    account_id: UUID | None
    status: Literal["open", "ordered", "merged"]
    currency: str
    codes: tuple[str, ...]
    version: int

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Cart":
        """From a row."""
        return cls(row["id"], row["account_id"], row["status"], row["currency"], tuple(row["codes"]), row["version"])


async def cart_of_caller(view: View, cart_id: UUID) -> Cart:
    """The caller's cart, or, for a visitor, a visitor's, whatever has become of it; raises `NoSuchCart`."""
    row = await view.db.fetchrow(
        f"SELECT {CART} FROM commerce.cart WHERE id = $1 AND account_id IS NOT DISTINCT FROM $2",
        cart_id, view.who.account_id,
    )  # fmt: skip
    if row is None:
        raise NoSuchCart
    return Cart.of(row)


async def visitors_cart(view: View, cart_id: UUID) -> Cart:
    """A cart that belongs to no account, locked; raises `NoSuchCart`."""
    row = await view.db.fetchrow(
        f"SELECT {CART} FROM commerce.cart WHERE id = $1 AND account_id IS NULL FOR UPDATE", cart_id
    )
    if row is None:
        raise NoSuchCart
    return Cart.of(row)
