"""The sweeper: sends again what got lost on the way, settles what is done, and once a day throws old rows away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from redis.exceptions import ResponseError

from fourfold.core.tenants.queries import active_tenants
from fourfold.ground.db import transaction
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.service import Service
from fourfold.serve.worker.patience import rest
from fourfold.serve.worker.react import reactions_of
from fourfold.serve.worker.relay import PARTITIONS, stream_of

EVERY = 5.0
BATCH = 2000
MOST_BATCHES = 50
TIME_TO_ARRIVE = timedelta(seconds=15)

# While a partition has a backlog, an event that has not arrived is most likely still in it.
TIME_TO_ARRIVE_BEHIND_OTHERS = timedelta(minutes=5)

KEPT_IDEMPOTENCY = timedelta(hours=48)
KEPT_QUEUE_LOG = timedelta(days=2)
DAILY = "ground.clean"

# A service whose workers are away for longer gets its events from the streams alone.
SERVES = "serves:"
SEEN_EVERY, DEPLOYED_FOR = timedelta(hours=1), timedelta(days=7)

_DUE = """
WITH due AS (
  SELECT tenant_id, id, type, subject, published_at FROM ground.event
  WHERE published_at < $1 AND NOT settled ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED
), missing AS (
  SELECT DISTINCT d.tenant_id, d.id
  FROM due d JOIN unnest($3::text[], $4::text[]) AS wanted (type, reaction) USING (type)
  WHERE NOT EXISTS (
    SELECT FROM ground.inbox i WHERE i.tenant_id = d.tenant_id AND i.event_id = d.id AND i.reaction = wanted.reaction)
  AND NOT EXISTS (
    SELECT FROM ground.parked p WHERE p.tenant_id = d.tenant_id AND p.event_id = d.id AND p.reaction = wanted.reaction)
)
"""

_SETTLE = (
    _DUE
    + """
UPDATE ground.event e SET settled = true FROM due d
WHERE e.tenant_id = d.tenant_id AND e.id = d.id AND NOT EXISTS (SELECT FROM missing m WHERE m.id = e.id)
"""
)

_SEND_AGAIN = (
    _DUE
    + """
UPDATE ground.event e SET published_at = NULL FROM due d JOIN missing USING (tenant_id, id)
WHERE e.tenant_id = d.tenant_id AND e.id = d.id
AND (d.published_at < $5 OR crc32(convert_to(d.subject, 'UTF8')) % $6 <> ALL ($7::bigint[]))
"""
)

_SEEN = """
INSERT INTO ground.schedule AS s (name, last_at) SELECT name, $2 FROM unnest($1::text[]) AS name
ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at WHERE s.last_at < $3
"""

_DEPLOYED = "SELECT name FROM ground.schedule WHERE name LIKE $1 AND last_at > $2"

_ONCE_A_DAY = """
INSERT INTO ground.schedule AS s (name, last_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at WHERE s.last_at < excluded.last_at RETURNING true
"""

# Whatever may name an event goes after it, so that nothing old is ever taken for new.
_OLD = {
    "events": """DELETE FROM ground.event WHERE ctid = ANY (ARRAY(
      SELECT e.ctid FROM ground.event e WHERE settled AND published_at < $1 AND NOT EXISTS (
        SELECT FROM ground.parked p WHERE p.tenant_id = e.tenant_id AND p.event_id = e.id) LIMIT 5000))""",
    "inbox": """DELETE FROM ground.inbox WHERE ctid = ANY (ARRAY(
      SELECT i.ctid FROM ground.inbox i WHERE at < $1 AND NOT EXISTS (
        SELECT FROM ground.event e WHERE e.tenant_id = i.tenant_id AND e.id = i.event_id) LIMIT 5000))""",
    "jobs": """DELETE FROM ground.job WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM ground.job WHERE status IN ('done', 'failed', 'cancelled') AND finished_at < $1 LIMIT 5000))""",
}

_log = log("fourfold.sweep")


class Sweep:
    """An event is settled once the reactions of all services that are deployed somewhere have handled it.

    `services` work here; `known` are all that there are. Those that a worker was seen for lately count as deployed.
    """

    def __init__(self, house: House, services: Sequence[Service], known: Sequence[Service]) -> None:
        self.house = house
        self.services = services
        self.known = known
        self.cleaned_on: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Sweeps until `stop` is set or a server goes away; several workers do not disturb each other."""
        while not await rest(stop, EVERY):
            await self.settle()
            await self.clean_once_a_day()

    async def deployed(self) -> list[Service]:
        """The services that have workers; says of those here that they have."""
        now = self.house.clock.now()
        await self.house.pool.execute(_SEEN, [SERVES + each.name for each in self.services], now, now - SEEN_EVERY)
        rows = await self.house.pool.fetch(_DEPLOYED, f"{SERVES}%", now - DEPLOYED_FOR)
        names = {row["name"].removeprefix(SERVES) for row in rows}
        return [service for service in self.known if service.name in names]

    async def settle(self) -> None:
        """Settles events that every reaction has handled, and has the others sent again."""
        now = self.house.clock.now()
        services = await self.deployed()
        pairs = [(type_, each.name) for type_, reactions in reactions_of(services).items() for each in reactions]
        due = (now - TIME_TO_ARRIVE, BATCH, [type_ for type_, _ in pairs], [name for _, name in pairs])
        for _ in range(MOST_BATCHES):
            settled = await self.house.pool.execute(_SETTLE, *due)
            if int(settled.split()[1]) < BATCH // 2:
                break
        groups = {f"ff:{service.name}".encode() for service in services}
        busy = [partition for partition in range(PARTITIONS) if await self._is_busy(partition, groups)]
        sent = await self.house.pool.execute(_SEND_AGAIN, *due, now - TIME_TO_ARRIVE_BEHIND_OTHERS, PARTITIONS, busy)
        if sent != "UPDATE 0":
            _log.warning("events had not arrived and are sent again", events=int(sent.split()[1]))

    async def _is_busy(self, partition: int, groups: set[bytes]) -> bool:
        """Whether a service still has something to read or to finish in the partition."""
        try:
            found = await self.house.valkey.xinfo_groups(stream_of(partition))
        except ResponseError:
            return False
        return any(group["name"] in groups and (group["pending"] or group["lag"] != 0) for group in found)

    async def clean_once_a_day(self) -> None:
        """Throws away what nobody will ask for any more; one worker does it, on each new day."""
        now = self.house.clock.now()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.cleaned_on != today and await self.house.pool.fetchval(_ONCE_A_DAY, DAILY, today):
            await self.clean(now)
        self.cleaned_on = today

    async def clean(self, now: datetime) -> None:
        """Deletes in batches, so that no transaction holds many rows for long."""
        pool, before = self.house.pool, now - timedelta(days=self.house.settings.kept_days)
        for what, statement in _OLD.items():
            gone = 0
            while (count := int((await pool.execute(statement, before)).split()[1])) > 0:
                gone += count
            _log.info("old rows are thrown away", what=what, rows=gone)
        await pool.execute("DELETE FROM ground.revocation WHERE until < $1", now)
        await pool.execute("DELETE FROM ground.pgqueuer_log WHERE created < now() - $1::interval", KEPT_QUEUE_LOG)
        for tenant in await active_tenants(pool):
            async with transaction(pool, tenant.id) as db:
                await db.execute("DELETE FROM ground.idempotency WHERE created_at < $1", now - KEPT_IDEMPOTENCY)
