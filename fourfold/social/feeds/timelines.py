"""Timelines in Valkey: the newest posts for each of those who read their feed these days.

A timeline answers for what is newer than its floor, and only while it is known to be whole: it bears the stamp of the
tenant's generation and of the server's run, and the number of people it was made of. Any other one is not asked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from fourfold.ground.ids import new_id
from fourfold.ground.parcel import Parcel
from fourfold.ground.valkey import Valkey, run_script
from fourfold.social.feeds.rules import Placed

CAP = 400
KEPT_SECONDS = 14 * 24 * 3600
BUILT_WITHIN_SECONDS = 30
PATIENCE = 1.0
# So many more are asked for than are wanted: some of the same millisecond may stand before the place.
SAME_MOMENT = 20
READERS_AT_ONCE = 100

# In most scripts KEYS are timeline, facts about it, and the tenant's generation. The lowest member of a timeline is
# empty: without it, the rest is not all either.
STAMP = """
local function stamp()
  return (redis.call('GET', KEYS[3]) or '0') .. ' ' .. string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end
"""

# ARGV: the newest moment (ms), how many, of how many people it has to be made, how long it is kept from now on (s).
# Answers: the floor (ms), then members and moments, the newest first; and which turn of the timeline this is.
_READ = f"""{STAMP}
local facts = redis.call('HMGET', KEYS[2], 'stamp', 'people', 'floor', 'turn')
if not facts[3] or facts[1] ~= stamp() or facts[2] ~= ARGV[3] or not redis.call('ZSCORE', KEYS[1], '') then
  return false
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
local over = '(' .. facts[3]
local found = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], over, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
return {{facts[3], found, facts[4]}}
"""

# ARGV: a token, how long building may take (s). From now on posts are put there, and nothing is read.
_BEGIN = f"""{STAMP}
if redis.call('HEXISTS', KEYS[2], 'token') == 1 then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZADD', KEYS[1], 0, '')
redis.call('HSET', KEYS[2], 'token', ARGV[1], 'turn', ARGV[1], 'stamp', stamp())
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
"""

# ARGV: the token, how long it is kept (s), of how many people it is made, the floor (ms), then moments and members.
_FINISH = """
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] or not redis.call('ZSCORE', KEYS[1], '') then
  return 0
end
for at = 5, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], 'GT', ARGV[at], ARGV[at + 1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(0', ARGV[4])
redis.call('HDEL', KEYS[2], 'token')
redis.call('HSET', KEYS[2], 'people', ARGV[3], 'floor', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
"""

# KEYS: timelines, each with its facts. ARGV: another turn, the member of a post, its moment (ms), how many a timeline
# holds.
_PUSH = """
for at = 1, #KEYS, 2 do
  local posts, facts = KEYS[at], KEYS[at + 1]
  local floor = redis.call('HGET', facts, 'floor')
  if redis.call('EXISTS', facts) == 1 and tonumber(ARGV[3]) > tonumber(floor or '0') then
    redis.call('HSET', facts, 'turn', ARGV[1])
    redis.call('ZADD', posts, 'GT', ARGV[3], ARGV[2])
    local over = redis.call('ZCARD', posts) - 1 - tonumber(ARGV[4])
    if floor and over > 0 then
      local cut = redis.call('ZRANGE', posts, over, over, 'WITHSCORES')[2]
      redis.call('ZREMRANGEBYSCORE', posts, '(0', cut)
      redis.call('HSET', facts, 'floor', cut)
    end
  end
end
"""

# KEYS and the first two of ARGV: as above.
_TAKE = """
for at = 1, #KEYS, 2 do
  if redis.call('ZREM', KEYS[at], ARGV[2]) == 1 and redis.call('EXISTS', KEYS[at + 1]) == 1 then
    redis.call('HSET', KEYS[at + 1], 'turn', ARGV[1])
  end
end
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Posts out of a timeline, the newest first; `whole` when there are no others below it.

    With whatever comes into the timeline, or leaves it, begins another `turn` of it.
    """

    posts: Sequence[Placed]
    whole: bool
    turn: bytes


@dataclass(frozen=True, slots=True)
class Timelines:
    """A tenant's timelines. All of this raises `ValkeyAway`, also when Valkey is slow."""

    valkey: Valkey
    tenant_id: UUID

    @classmethod
    def of(cls, parcel: Parcel) -> "Timelines":
        """Those of the caller's tenant."""
        return cls(parcel.house.valkey, parcel.who.tenant_id)

    async def read(self, reader: UUID, people: int, behind: Placed | None, limit: int) -> Kept | None:
        """What is kept for a reader behind a place; None when it cannot be relied on, or does not go far enough."""
        newest, asked = (str(behind.ms) if behind else "+inf"), limit + SAME_MOMENT
        answer = await self._ask(_READ, self.keys(reader), newest, asked, people, KEPT_SECONDS)
        if not answer:
            return None
        floor, flat, turn = answer
        found = [Placed.of_member(float(ms), member) for member, ms in zip(flat[::2], flat[1::2], strict=True)]
        posts = [each for each in found if behind is None or each < behind]
        whole = int(floor) == 0 and len(found) < asked
        return Kept(posts[:limit], whole, turn or b"") if whole or len(posts) >= limit else None

    async def begin(self, reader: UUID, token: str) -> bool:
        """Begins to build a timeline anew: what comes out from here on is put into it. False when somebody does."""
        return bool(await self._ask(_BEGIN, self.keys(reader), token, BUILT_WITHIN_SECONDS))

    async def finish(self, reader: UUID, token: str, people: int, floor: int, posts: Sequence[Placed]) -> None:
        """Opens a timeline with these posts, all those above the floor (ms), unless it was forgotten meanwhile."""
        words = [word for post in posts for word in (post.ms, post.member)]
        await self._ask(_FINISH, self.keys(reader), token, KEPT_SECONDS, people, floor, *words)

    async def push(self, readers: Sequence[UUID], post: Placed) -> None:
        """Puts a post into those of these readers' timelines that there are."""
        await self._each(readers, _PUSH, post.member, post.ms, CAP)

    async def take(self, readers: Sequence[UUID], post: Placed) -> None:
        """Takes a post out of these readers' timelines."""
        await self._each(readers, _TAKE, post.member)

    async def forget(self, reader: UUID) -> None:
        """Drops a timeline, also one that is being built: the next look builds it."""
        await self.valkey.delete(*self.keys(reader)[:2])

    async def distrust(self) -> None:
        """Has all timelines of the tenant built anew when they are looked at."""
        await self.valkey.incr(f"t:{self.tenant_id}:tl")

    async def _each(self, readers: Sequence[UUID], script: str, *words: Any) -> None:
        for start in range(0, len(readers), READERS_AT_ONCE):
            keys = [key for each in readers[start : start + READERS_AT_ONCE] for key in self.keys(each)[:2]]
            await self._ask(script, keys, new_id().hex, *words)

    def keys(self, reader: UUID) -> list[str]:
        """Those of a reader's timeline, the facts about it, and the tenant's generation."""
        return list(_keys(self.tenant_id, reader))

    async def _ask(self, script: str, keys: Sequence[str], *words: Any) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await run_script(self.valkey, script, keys, *words)


@lru_cache(4096)
def _keys(tenant_id: UUID, reader: UUID) -> tuple[str, str, str]:
    posts = f"t:{tenant_id}:tl:{reader}"
    return posts, f"{posts}:facts", f"t:{tenant_id}:tl"
