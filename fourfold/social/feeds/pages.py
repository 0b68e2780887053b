"""The beginning of a feed as it was answered last, beside the timeline in Valkey.

It is answered again while nothing that it was made of has been touched (`ground.touched`) or has ended by itself, the
timeline has had no other turn, and the timeline itself is to be relied on. All of this is looked at in one round trip.
Before it, MongoDB is asked whether there is a change of which Valkey was not told.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Self
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.touched import COUNTED, KEPT_SECONDS, MAKING_SECONDS, MadeOf, counter_of, mark_of
from fourfold.ground.valkey import ValkeyAway, run_script
from fourfold.social.feeds.rules import ms_of
from fourfold.social.feeds.timelines import PATIENCE, STAMP, Timelines
from fourfold.social.previews.queries import are_wanted
from fourfold.social.visibility.viewer import MODERATE, READ

# A page that is made of more is made anew each time.
MOST_THINGS = 2_000

# KEYS: timeline, facts, the tenant's generation, the counter of changes. ARGV: the shape of the page, this moment (ms).
# Answers: the page; or the stamp and the number of the last change, before anything is read for another one.
_FETCH = f"""{STAMP}{COUNTED}
local now = stamp()
local facts = redis.call('HMGET', KEYS[2], 'stamp', 'floor', 'turn', 'page')
if facts[2] and facts[4] and facts[1] == now and redis.call('ZSCORE', KEYS[1], '') then
  local page = cmsgpack.unpack(facts[4])
  local same = page.shape == ARGV[1] and page.turn == facts[3] and tonumber(redis.call('TIME')[1]) < page.until_
  same = same and (page.ends == '' or tonumber(ARGV[2]) < tonumber(page.ends))
  local marks = same and redis.call('MGET', unpack(page.marks))
  for at, seen in ipairs(page.seen) do
    same = same and marks[at] == seen
  end
  if same then
    return redis.call('HGET', KEYS[2], 'body')
  end
end
return {{now, redis.call('GET', KEYS[4]) or counted(KEYS[4])}}
"""

# KEYS: the same, then the marks of what the page is made of. ARGV: the shape, the stamp and the number of before, the
# turn, how long it is kept (s), the page, and from when on it would be another one by itself (ms, or empty).
_KEEP = f"""{STAMP}{COUNTED}
local facts = redis.call('HMGET', KEYS[2], 'stamp', 'floor', 'turn')
local last = tonumber(redis.call('GET', KEYS[4]) or '0')
local before = tonumber(ARGV[3])
if not facts[2] or facts[1] ~= ARGV[2] or stamp() ~= ARGV[2] or facts[3] ~= ARGV[4] or last < before then
  return 0
end
local marks = {{unpack(KEYS, 5)}}
local seen = redis.call('MGET', unpack(marks))
for _, mark in ipairs(seen) do
  if mark and string.sub(mark, 1, 1) ~= 'k' and (tonumber(mark) or before + 1) > before then
    return 0
  end
end
local fresh = 'k' .. counted(KEYS[4])
for at, mark in ipairs(marks) do
  if not seen[at] then
    redis.call('SET', mark, fresh, 'EX', 2 * ARGV[5])
    seen[at] = fresh
  else
    redis.call('EXPIRE', mark, 2 * ARGV[5])
  end
end
local until_ = tonumber(redis.call('TIME')[1]) + ARGV[5]
local page = {{shape = ARGV[1], turn = ARGV[4], until_ = until_, ends = ARGV[7], marks = marks, seen = seen}}
redis.call('HSET', KEYS[2], 'page', cmsgpack.pack(page), 'body', ARGV[6])
return 1
"""


@dataclass(frozen=True, slots=True)
class Began:
    """When a page began to be made: in which run of Valkey, after which change, and by this process's clock."""

    stamp: bytes
    change: bytes
    at: float


@dataclass(frozen=True, slots=True)
class FeedPages:
    """The kept page of one reader; `shape` tells pages of other lengths, for other rights and wishes apart."""

    view: DocumentView
    timelines: Timelines
    reader: UUID
    shape: str

    @classmethod
    async def of(cls, view: DocumentView, limit: int) -> Self:
        """That of the caller, of so many posts."""
        shape = f"{limit} {view.who.may(READ):d}{view.who.may(MODERATE):d}{await are_wanted(view):d}"
        return cls(view, Timelines.of(view), view.who.account, shape)

    async def fetch(self) -> bytes | Began | None:
        """The page; or from when on it is made; None when none can be kept."""
        if self.view.house.settings.cache == "off":
            return None
        store = self.view.store
        if await store.seen.has_untold(store, self.timelines.tenant_id):
            return None
        at = monotonic()
        keys = [*self.timelines.keys(self.reader), counter_of(self.timelines.tenant_id)]
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await run_script(self.timelines.valkey, _FETCH, keys, self.shape, ms_of(self.view.now))
        except ValkeyAway:
            return None
        if isinstance(answer, bytes):
            return answer
        stamp, change = answer
        return Began(stamp, change, at)

    async def keep(self, began: Began, turn: bytes, made_of: MadeOf, body: bytes) -> None:
        """Keeps a page, unless something that it is made of may have changed since its making began."""
        if monotonic() - began.at > MAKING_SECONDS or len(made_of.things) > MOST_THINGS:
            return
        tenant = self.timelines.tenant_id
        marks = [mark_of(tenant, each) for each in sorted(made_of.things)]
        keys = [*self.timelines.keys(self.reader), counter_of(tenant), *marks]
        ends = ms_of(made_of.until) if made_of.until is not None else ""
        words = (self.shape, began.stamp, began.change, turn, KEPT_SECONDS, body, ends)
        with suppress(*ValkeyAway):
            async with asyncio.timeout(PATIENCE):
                await run_script(self.timelines.valkey, _KEEP, keys, *words)
