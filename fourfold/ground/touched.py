"""What was touched: whoever changes documents says so in Valkey, before the commit and after it.

Kept answers name the things that they were made of (`social.posts:<id>`). While somebody changes one of these, and
once it is changed, no answer that was made of it before is given any more, in any process. Nothing may be kept without
these marks, and they may be lost at any time: then nothing is known to be unchanged, and answers are made anew.

Whoever cannot tell Valkey says so beside the change, in MongoDB, where all look who answer what was kept: as long as
there is a change of which Valkey has not heard, nothing that is kept of the tenant is answered.
"""

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fourfold.ground.bulk import Insert, Operation
from fourfold.ground.collection import TENANT, Key
from fourfold.ground.collection import Collection as Documents
from fourfold.ground.ids import new_id
from fourfold.ground.logs import log
from fourfold.ground.refusals import Unavailable
from fourfold.ground.valkey import Valkey, ValkeyAway, run_script

if TYPE_CHECKING:
    from fourfold.ground.document_store import DocumentStore, Session

# Whoever has died in a change keeps its things from being kept for so long.
AT_WORK_SECONDS = 600
# An answer that takes longer to make is not kept: until then it is known what was touched meanwhile.
MAKING_SECONDS = 20
TOUCHED_SECONDS = MAKING_SECONDS + 10
# Kept answers end by then, whatever is told of them.
KEPT_SECONDS = 300
PATIENCE = 1.0
FIRST_RETRY, LAST_RETRY = 0.1, 5.0
# More are not told again: what they have noted holds until no answer is left that was kept before.
MOST_RETRIES = 1_000

# The changes of which Valkey has not heard. They are forgotten when it has, and else by the clock of MongoDB, long
# after the last answer that was kept before.
UNTOLD = Documents("ground.untold", keys=[Key("at"), Key("at", ttl=AT_WORK_SECONDS)], validator={"required": ["at"]})
# Whoever has seen that there are none does not look again for so long; whoever leaves one waits until all look again.
SEEN_SECONDS = 0.1
MOST_SEEN = 10_000

# A counter that never comes again, also when Valkey has forgotten it: a later one begins with a later moment.
COUNTED = """
local function counted(key)
  if redis.call('EXISTS', key) == 0 then
    local now = redis.call('TIME')
    redis.call('SET', key, string.format('%s%06d', now[1], tonumber(now[2])))
  end
  return string.format('%.0f', redis.call('INCR', key))
end
"""

# KEYS: marks. ARGV: how long a change may take (s). `!2` says that two are at work.
_BEGIN = """
for _, key in ipairs(KEYS) do
  local at_work = tonumber(string.match(redis.call('GET', key) or '', '^!(%d+)')) or 0
  redis.call('SET', key, '!' .. (at_work + 1), 'EX', ARGV[1])
end
"""

# KEYS: the counter, then marks. ARGV: how long a change may take, how long it is known that there was one (s), and
# whether Valkey has heard of the beginning: who does not know it must not end what another one has begun.
_DONE = f"""{COUNTED}
local turn = counted(KEYS[1])
for at = 2, #KEYS do
  local at_work = tonumber(string.match(redis.call('GET', KEYS[at]) or '', '^!(%d+)')) or 0
  if at_work > 1 and ARGV[3] == '1' then
    redis.call('SET', KEYS[at], '!' .. (at_work - 1), 'EX', ARGV[1])
  elseif at_work == 0 or ARGV[3] == '1' then
    redis.call('SET', KEYS[at], turn, 'EX', ARGV[2])
  end
end
"""

_log = log("fourfold.documents")
_retries: set[asyncio.Task[None]] = set()


def counter_of(tenant_id: UUID) -> str:
    """The key of the counter of a tenant's changes."""
    return f"t:{tenant_id}:touched"


def mark_of(tenant_id: UUID, thing: str) -> str:
    """The key of the mark of one of the tenant's things."""
    return f"t:{tenant_id}:touched:{thing}"


def things(collection: Documents, ids: Iterable[UUID | str]) -> set[str]:
    """What is told of the documents of a collection whose told field is one of these, or of all of them at once."""
    return {collection.name, *(f"{collection.name}:{each}" for each in ids)}


class Seen:
    """Which tenants have no untold changes, as one process saw it a moment ago: a look costs more than an answer."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._none_at: dict[UUID, float] = {}

    async def has_untold(self, store: "DocumentStore", tenant_id: UUID) -> bool:
        """Whether there is a change of the tenant's that its maker was told of, and Valkey was not."""
        now = monotonic()
        if now - self._none_at.get(tenant_id, -SEEN_SECONDS) < SEEN_SECONDS:
            return False
        if await store.reading(UNTOLD, tenant_id).exists({}):
            return True
        if len(self._none_at) >= MOST_SEEN:
            self._none_at.clear()
        self._none_at[tenant_id] = now
        return False


@dataclass(slots=True)
class MadeOf:
    """What an answer is made of that may be kept; from `until` on it would be another one by itself."""

    things: set[str] = field(default_factory=set)
    until: datetime | None = None

    def ends(self, now: datetime, moments: Iterable[datetime | None]) -> None:
        """Says that at these moments something ends or begins; None, and what is over, does not matter."""
        ahead = [each for each in (self.until, *moments) if each is not None and each > now]
        self.until = min(ahead, default=None)


@dataclass(slots=True)
class Touching:
    """What one transaction touches; used as a context around its commit. Without things it costs nothing."""

    valkey: Valkey
    tenant_id: UUID
    store: "DocumentStore"
    session: "Session | None" = None
    things: set[str] = field(default_factory=set)
    _has_begun: bool = False
    _note: UUID | None = None

    async def __aenter__(self) -> None:
        """Says that these are being changed; from here on nothing more may be added."""
        if not self.things:
            return
        try:
            await self._ask(_BEGIN, self._marks, AT_WORK_SECONDS)
            self._has_begun = True
        except ValkeyAway:
            await self._note_it(self.session)

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Says that these have been changed, perhaps; goes on saying it until Valkey hears."""
        if not self.things:
            return
        try:
            await self._done()
        except ValkeyAway:
            # Valkey may have lost since that this began.
            if self._note is None:
                try:
                    await self._note_it(None)
                except Unavailable:
                    _log.warning("a change may not be seen by all for a while", seconds=KEPT_SECONDS)
            if len(_retries) < MOST_RETRIES:
                _go_on(self._until_heard())
            await asyncio.sleep(2 * SEEN_SECONDS)

    async def _done(self) -> None:
        keys = [counter_of(self.tenant_id), *self._marks]
        begun, self._has_begun = self._has_begun, False
        await self._ask(_DONE, keys, AT_WORK_SECONDS, TOUCHED_SECONDS, int(begun))
        if self._note is not None:
            with suppress(Unavailable):
                await self.store.drop_raw(UNTOLD.name, {"_id": self._note, TENANT: self.tenant_id})

    async def _until_heard(self) -> None:
        now, pause = asyncio.get_running_loop().time, FIRST_RETRY
        deadline = now() + KEPT_SECONDS
        while now() < deadline:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_RETRY)
            with suppress(*ValkeyAway):
                await self._done()
                return

    async def _note_it(self, session: "Session | None") -> None:
        # By the clock of machines, as it is MongoDB that forgets it.
        self._note = new_id()
        row = {"_id": self._note, TENANT: self.tenant_id, "at": datetime.now(UTC)}
        await self.store.add_raw(UNTOLD.name, row, session)

    @property
    def _marks(self) -> list[str]:
        return [mark_of(self.tenant_id, each) for each in sorted(self.things)]

    async def _ask(self, script: str, keys: list[str], *words: int) -> None:
        async with asyncio.timeout(PATIENCE):
            await run_script(self.valkey, script, keys, *words)


def _go_on(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    _retries.add(task)
    task.add_done_callback(_retries.discard)


def things_inserted(collection: Documents, rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is told of when these documents are added."""
    return {name for row in rows for name in _told(collection, row)}


def things_changed(
    collection: Documents, wanted: Mapping[Any, Any], update: Mapping[str, Any] | None = None
) -> set[str]:
    """What is told of when the documents that fit are changed, or taken away: all, when the filter names no values."""
    if update is not None and _is_untold(collection, update):
        return set()
    return set(_told(collection, wanted))


def things_of(collection: Documents, operations: Iterable[Operation]) -> set[str]:
    """What is told of when these changes are made."""
    found: set[str] = set()
    for each in operations:
        if isinstance(each, Insert):
            found |= things_inserted(collection, [each.document])
        else:
            found |= things_changed(collection, each.wanted, getattr(each, "update", None))
    return found


def _told(collection: Documents, wanted: Mapping[Any, Any]) -> Iterable[str]:
    if collection.told_by is None:
        return
    for name in collection.told_by or [""]:
        values = _values(wanted.get(name))
        if values is None:
            yield collection.name
        else:
            yield from (f"{collection.name}:{value}" for value in values)


def _values(asked: Any) -> Collection[UUID | str] | None:
    """The ids that a filter asks for; None when it may be any."""
    if isinstance(asked, UUID | str):
        return [asked]
    words = getattr(asked, "words", {})
    some = words.get("$in")
    return list(some) if some is not None and len(words) == 1 else None


def _is_untold(collection: Documents, update: Mapping[str, Any]) -> bool:
    names = [name.partition(".")[0] for changes in update.values() for name in changes]
    return all(name in collection.untold for name in names)
