"""Buyers are told what is known of them, and are forgotten."""

from collections.abc import Sequence
from typing import Any

from fourfold.commerce.persons import queries, tables
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work

# Country and region say which tax was due; everything else of an address is for the parcel.
EVIDENCE = frozenset({"country", "region"})


def _blank(address: dict[str, Any]) -> dict[str, Any]:
    return {part: value if part in EVIDENCE or not isinstance(value, str) else "" for part, value in address.items()}


async def _tell_orders(view: View, person: Person) -> Told:
    return Told([dict(row) for row in await queries.orders_of_person(view.db, person)])


async def _erase_orders(work: Work, person: Person) -> int:
    nobody = f"erased-{person.account_id}@erased.invalid"
    rows = await queries.orders_to_blank(work.db, person, nobody)
    for row in rows:
        addresses = (_blank(row["shipping_address"]), _blank(row["billing_address"]))
        await tables.blank_buyer(work.db, row["id"], nobody, *addresses)
    await tables.blank_coupon_uses(work.db, [row["id"] for row in rows])
    return len(rows)


async def _waits(view: View, person: Person) -> Sequence[str]:
    count = await queries.orders_on_their_way(view.db, person)
    return [f"{count} paid orders have not arrived yet."] if count else []


async def _tell_carts(view: View, person: Person) -> Told:
    return Told([dict(row) for row in await queries.carts_of_person(view.db, person.account_id)])


async def _erase_carts(work: Work, person: Person) -> int:
    return await tables.delete_carts(work.db, person.account_id)


ORDERS = PersonalData(
    "commerce.orders",
    "Orders, payments and invoices",
    "Delivering what was bought, and proving what was paid.",
    "Orders with sums, dates, country and region; the ledger; invoices, receipts and credit notes as they were issued:"
    " tax law wants them complete, in most countries for six to ten years.",
    {
        "commerce.customer_order.email": "The buyer's address.",
        "commerce.customer_order.shipping_address": "Where the parcel goes.",
        "commerce.customer_order.billing_address": "Who pays.",
        "commerce.coupon_use.customer": "Who has used a coupon.",
        "commerce.paper.content": "What stands on an invoice.",
    },
    _tell_orders,
    _erase_orders,
    _waits,
)

CARTS = PersonalData(
    "commerce.carts",
    "Carts",
    "Keeping what somebody is about to buy.",
    "Carts that became orders, by the account's id.",
    {"commerce.cart.account_id": "Whose cart it is."},
    _tell_carts,
    _erase_carts,
)
