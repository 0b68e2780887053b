"""Shared buckets: what all processes count together in Valkey, asked for by as few calls as possible.

While one call is on its way those who come meanwhile wait, and then go together as one. So a process needs one
connection for this, however many requests it serves.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from hashlib import sha1
from typing import Any, TypeAlias, TypeVar

from redis.exceptions import NoScriptError

from fourfold.ground.logs import log
from fourfold.ground.valkey import Valkey, ValkeyAway

# Valkey answers in well under a millisecond, but a busy process may look for the answer late.
PATIENCE = 1.0
LOOKS = 20
LEFT_ALONE = 1.0
MOST_AT_ONCE = 200

# KEYS: the buckets. ARGV: the time (ms), how many are wanted (0: none, only to look), and for each bucket its capacity,
# portion and step (ms).
# Answers: which bucket refuses (0: none), how many are granted, and for each bucket what is left and for how long (ms).
SCRIPT = """
local now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local answer, kept, refusing = {0, wanted}, {}, 0
for at, key in ipairs(KEYS) do
  local capacity, portion, step = tonumber(ARGV[3 * at]), tonumber(ARGV[3 * at + 1]), tonumber(ARGV[3 * at + 2])
  local level, since = 0, now
  local found = redis.call('GET', key)
  if found then
    local first, second = string.match(found, '(%d+) (%d+)')
    local steps = math.max(0, math.floor((now - second) / step))
    level, since = math.max(0, first - steps * portion), second + steps * step
    if level == 0 then since = now end
  end
  local left = capacity - level
  local portions = math.max(1, math.ceil((1 - left) / portion))
  if left < 1 and refusing == 0 then refusing = at end
  if wanted > 1 and left - wanted < capacity / 2 then answer[2] = 1 end
  answer[2 * at + 1], answer[2 * at + 2] = left, portions * step - (now - since)
  kept[at] = {key, level, since, step, portion}
end
answer[1] = refusing
if refusing > 0 then
  answer[2] = 0
end
if answer[2] == 0 then
  return answer
end
for at, bucket in ipairs(kept) do
  local key, level, since, step, portion = unpack(bucket)
  level = level + answer[2]
  answer[2 * at + 1] = answer[2 * at + 1] - answer[2]
  local lives = math.ceil(level / portion) * step - (now - since)
  redis.call('SET', key, string.format('%d %d', level, since), 'PX', string.format('%d', math.max(1, lives)))
end
return answer
"""

SCRIPT_NAME = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

Outcome = TypeVar("Outcome")
Answer: TypeAlias = list[int] | None
_Waiting: TypeAlias = tuple[Sequence[str], Sequence[int], "asyncio.Future[Answer]"]
_log = log("fourfold.limits")


class SharedBuckets:
    """One process's way to the shared buckets."""

    def __init__(self, valkey: Valkey) -> None:
        """Nothing is asked yet."""
        self._valkey = valkey
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None
        self._away = False
        self._left_alone_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether Valkey did not answer when it was asked last."""
        return self._away

    async def take(self, keys: Sequence[str], args: Sequence[int]) -> Answer:
        """What `SCRIPT` answers; None while Valkey is away, which is found out without holding anybody up."""
        if self._away and self._left_alone_until > time.monotonic():
            return None
        if self._away:
            self._left_alone_until = time.monotonic() + LEFT_ALONE
            self._task = self._task or self._start(self._look_again())
            return None
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, args, answered))
        self._task = self._task or self._start(self._ask())
        return await answered

    def _start(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name="limits")
        task.add_done_callback(self._ended)
        return task

    def _ended(self, _task: "asyncio.Task[None]") -> None:
        self._task = self._start(self._ask()) if self._waiting else None

    async def _ask(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            answers: list[Answer] = [None] * len(batch)
            try:
                if not self._away:
                    answers = await _in_time(self._call(batch))
            except ValkeyAway as reason:
                self._gone(reason)
            finally:
                for (_, _, answered), answer in zip(batch, answers, strict=True):
                    if not answered.done():
                        answered.set_result(answer)

    async def _call(self, batch: Sequence[_Waiting]) -> list[Answer]:
        answers = await self._send(batch)
        unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            # A Valkey that was started anew has forgotten the script. Others may tell it meanwhile: some were answered.
            await self._valkey.script_load(SCRIPT)
            again = await self._send([batch[at] for at in unknown])
            for at, answer in zip(unknown, again, strict=True):
                answers[at] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def _send(self, batch: Sequence[_Waiting]) -> list[Any]:
        async with self._valkey.pipeline(transaction=False) as pipeline:
            for keys, args, _ in batch:
                _ = pipeline.evalsha(SCRIPT_NAME, len(keys), *keys, *args)
            return await pipeline.execute(raise_on_error=False)

    async def _ping(self) -> None:
        await self._valkey.ping()

    async def _look_again(self) -> None:
        try:
            await _in_time(self._ping())
        except ValkeyAway:
            return
        self._away = False
        _log.warning("limits are shared again")

    def _gone(self, reason: Exception) -> None:
        self._left_alone_until = time.monotonic() + LEFT_ALONE
        if not self._away:
            self._away = True
            _log.warning("limits are counted by each process alone", reason=repr(reason))


async def _in_time(call: Coroutine[Any, Any, Outcome]) -> Outcome:
    """What a call comes to; raises `TimeoutError` when Valkey is slow, but not when only this process is."""
    task = asyncio.create_task(call)
    await asyncio.wait({task}, timeout=PATIENCE)
    # An answer may have come long ago, and waits to be read as we waited for our turn.
    for _ in range(LOOKS):
        if task.done():
            return task.result()
        await asyncio.sleep(0)
    task.cancel()
    raise TimeoutError
