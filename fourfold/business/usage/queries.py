"""Reads of usage."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

Group = Literal["day", "hour", "route", "version", "key", "account", "status"]

_NONE = "'00000000-0000-0000-0000-000000000000'"
GROUPS: dict[Group, str] = {
    "day": "to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    "hour": """to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00:00"Z"')""",
    "route": "method || ' ' || route",
    "version": "version",
    "key": f"coalesce(nullif(key_id, {_NONE})::text, '')",
    "account": f"coalesce(nullif(account_id, {_NONE})::text, '')",
    "status": "status::text",
}


async def usage_by(
    db: Connection, group: Group, since: datetime, until: datetime, after: str | None, limit: int
) -> list[asyncpg.Record]:
    """Requests of the hours that begin in a span, by group, in the order of the groups."""
    statement = f"""
    SELECT * FROM (SELECT {GROUPS[group]} COLLATE "C" AS "group", sum(requests)::bigint AS requests,
      coalesce(sum(requests) FILTER (WHERE status BETWEEN 400 AND 499), 0)::bigint AS refused,
      coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::bigint AS failed,
      round(sum(micros) / sum(requests) / 1000, 3)::float AS mean_ms, round(max(slowest) / 1000.0, 3)::float AS max_ms
      FROM business.usage WHERE hour >= $1 AND hour < $2 GROUP BY 1) AS found
    WHERE $3::text IS NULL OR "group" > $3 COLLATE "C" ORDER BY "group" LIMIT $4
    """
    return await db.fetch(statement, since, until, after, limit)


async def used_in_month(db: Connection, month: date, keys: UUID) -> int:
    """How many requests of the month count against the quota of these keys."""
    used: int | None = await db.fetchval(
        "SELECT requests FROM business.month_usage WHERE month = $1 AND key_id = $2", month, keys
    )
    return used or 0
