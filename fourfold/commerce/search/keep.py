"""Costly answers are kept for some seconds; none of them is missed when Valkey loses it."""

from contextlib import suppress

from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View

KEPT_SECONDS = 15


async def kept_text(view: View, name: str) -> str | None:
    """What was kept under a name for the caller's tenant."""
    with suppress(*ValkeyAway):
        text = await view.house.valkey.get(f"found:{view.who.tenant_id.hex}:{name}")
        if isinstance(text, bytes):
            return text.decode()
    return None


async def keep_text(view: View, name: str, text: str) -> None:
    """Keeps a text for `KEPT_SECONDS`."""
    with suppress(*ValkeyAway):
        await view.house.valkey.set(f"found:{view.who.tenant_id.hex}:{name}", text, ex=KEPT_SECONDS)
