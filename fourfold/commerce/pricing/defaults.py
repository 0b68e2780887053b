"""What a new tenant can sell with at once: one way to send, to everywhere, and no taxes."""

from fourfold.commerce.pricing import queries, tables
from fourfold.ground.ids import new_id
from fourfold.ground.money import exponent_of
from fourfold.ground.work import Work

STANDARD_PRICE = {0: 500, 2: 490, 3: 1500, 4: 49000}
"""The price of the first shipping method in minor units, by the decimals of the currency."""


async def ensure_pricing(work: Work, currency: str) -> None:
    """Makes the shipping method "Standard" when the tenant has none in the currency; the shop's row must be there."""
    if not await queries.any_shipping_method(work.db, currency):
        price = STANDARD_PRICE[exponent_of(currency)]
        await tables.insert_standard_method(work.db, work.who.tenant_id, new_id(), price, currency, work.now)
