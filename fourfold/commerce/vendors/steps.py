"""What a new tenant does first in its shop."""

from fourfold.commerce.catalog.queries import sells_something
from fourfold.ground.onboarding import Step
from fourfold.ground.work import View


async def _sells_something(view: View) -> bool:
    return await sells_something(view.db)


STEPS = (Step("commerce.publish_product", "Publish a product", "POST /v1/commerce/products", _sells_something),)
