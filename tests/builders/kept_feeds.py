"""Feeds that are kept, looked at from both sides: as callers read them, and as they lie in Valkey."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.feeds import FEED
from tests.conftest import Caller, Tenant

# What its commands answer with depends on too much for types.
Valkey = Any
Eventually = Callable[..., Any]
# What nobody would make.
KEPT = b'{"items":[],"next":"kept"}'
# Puts a body into a page, as long as it is this page.
REPLACE = """
if redis.call('HGET', KEYS[1], 'page') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'body', ARGV[2])
end
"""


def facts_of(tenant: Tenant, reader: Caller) -> str:
    return f"t:{tenant.id}:tl:{reader.account_id}:facts"


def answer(reader: Caller) -> dict[str, Any]:
    got = reader.get(FEED)
    assert got.status_code == 200, got.text
    return dict(got.json())


def kept(tenant: Tenant, reader: Caller, valkey: Valkey, eventually: Eventually) -> dict[str, Any]:
    """The reader's feed once it is kept: what is answered is what lies in Valkey, not what is made."""
    facts = facts_of(tenant, reader)

    def is_kept() -> dict[str, Any] | None:
        answer(reader)
        page, body = valkey.hmget(facts, "page", "body")
        # What goes on in the background may end the page: then it is another one, and is left alone.
        valkey.eval(REPLACE, 1, facts, page or "", KEPT)
        found = answer(reader)["next"] == "kept"
        valkey.eval(REPLACE, 1, facts, page or "", body or "")
        return dict(json.loads(body)) if found else None

    return dict(eventually(is_kept))


def anew(tenant: Tenant, reader: Caller, valkey: Valkey) -> dict[str, Any]:
    """The reader's feed as it is when it is made."""
    valkey.hdel(facts_of(tenant, reader), "page")
    return answer(reader)


def elsewhere(tenant: Tenant, act: Callable[[House], Awaitable[Any]], **settings: str) -> Any:
    """What comes of an act in another process's house, with other settings perhaps."""

    async def run() -> Any:
        house = await open_house(tenant.running.settings.model_copy(update=settings), ALL, clock=tenant.running.clock)
        try:
            return await act(house)
        finally:
            await house.close()

    return asyncio.run(run())


def who_is(tenant: Tenant, caller: Caller) -> Who:
    may = frozenset({"social:posts:read", "social:posts:write", "social:ties:write", "social:feeds:read"})
    return Who(UUID(tenant.id), tenant.slug, "account", UUID(caller.account_id), permissions=may)
