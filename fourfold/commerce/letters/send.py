"""A letter about an order is written to its buyer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fourfold.commerce.letters import queries
from fourfold.commerce.letters.rules import pieces_text
from fourfold.contracts.core import AttachedFile, Letter, Notices
from fourfold.ground.money import Money
from fourfold.ground.work import Desk, View

SUMS = ("items", "discount", "shipping", "tax", "total")


async def send_letter_about_order(
    at: View | Desk,
    order_id: UUID,
    template: str,
    once: str,
    more: Mapping[str, Any],
    files: Sequence[AttachedFile] = (),
) -> None:
    """Asks for the mail `template` to the buyer; a second call with the same `once` sends nothing.

    `more` fills the template beside the order itself; amounts in it are written as its reader does.
    """
    if isinstance(at, Desk):
        async with at.view() as view:
            order = await queries.order_for_letter(view.db, order_id)
    else:
        order = await queries.order_for_letter(at.db, order_id)
    if order is None:
        return
    data = {**_told(order, f"{at.house.settings.base_url}/v1/commerce/orders/{order_id}"), **more}
    letter = Letter(f"commerce:{once}", order["email"], f"commerce/letters/{template}", data, files)
    await at.ask(Notices).send(at.who.tenant_id, letter)


def _told(order: Mapping[str, Any], address: str) -> dict[str, Any]:
    currency = order["currency"]
    sums = {name: Money(order[name], currency) for name in SUMS}
    lines = [
        {
            "text": pieces_text(line["quantity"], line["title"], ", ".join(map(str, line["options"].values()))),
            "total": Money(line["total"], currency),
            "fulfilment_id": line["fulfilment_id"],
        }
        for line in order["lines"]
    ]
    # Whoever has no account sees the order by the secret of its payment.
    link = f"{address}?token={order['token']}" if order["guest"] and order["token"] else address
    return {
        "sender": order["shop"],
        "shop": order["shop"],
        "name": order["name"],
        "number": order["number"],
        "lines": lines,
        "sums": sums,
        "has_discount": order["discount"] != 0,
        "has_tax": order["tax"] != 0,
        "tax_included": order["prices_include_tax"],
        "paid": order["paid"],
        "link": link,
    }
