"""How stock levels, reservations and the ledger are kept; every change locks its levels by ascending variant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

MAIN = "main"
# Levels are locked one by one, by ascending variant, and their present state is read under the lock. They are written
# whole, by conflict: an UPDATE would check the constraints on the row as the statement first saw it, before it notices
# that somebody else has changed it, and its plan would depend on how much the planner knows of a young tenant.
_STATE = "l.on_hand, l.reserved, l.allocated, l.backorder_limit, l.low_at"
_FREE = "l.on_hand + l.backorder_limit - l.reserved - l.allocated"
# Only of what ran out or came back is the product asked for.
_TOLD = """k.before, k.after, CASE WHEN (k.before > 0) <> (k.after > 0) THEN (
    SELECT v.product_id FROM commerce.variant v WHERE v.tenant_id = $1 AND v.id = k.variant_id) END AS product_id"""
_COLUMNS = "tenant_id, variant_id, location, on_hand, reserved, allocated, backorder_limit, low_at, updated_at"
_WRITE = """
    ON CONFLICT (tenant_id, variant_id, location) DO UPDATE SET on_hand = excluded.on_hand,
        reserved = excluded.reserved, allocated = excluded.allocated, backorder_limit = excluded.backorder_limit,
        low_at = excluded.low_at, updated_at = excluded.updated_at
"""
_LEVEL = f"""
    CROSS JOIN LATERAL (
        SELECT {_STATE}, {_FREE} AS free FROM commerce.stock_level l
        WHERE l.tenant_id = $1 AND l.variant_id = w.variant_id AND l.location = w.location FOR UPDATE
    ) AS l
"""

_RESERVE = f"""
WITH wanted AS (
    SELECT w.variant_id, sum(w.quantity)::integer AS quantity
    FROM unnest($4::uuid[], $5::integer[]) AS w (variant_id, quantity) GROUP BY w.variant_id
), locked AS MATERIALIZED (
    SELECT w.variant_id, w.quantity, l.* FROM (SELECT * FROM wanted ORDER BY variant_id) AS w CROSS JOIN LATERAL (
        SELECT l.location, {_STATE}, greatest({_FREE}, 0) AS free FROM commerce.stock_level l
        WHERE l.tenant_id = $1 AND l.variant_id = w.variant_id ORDER BY l.location FOR UPDATE
    ) AS l
), taken AS (
    SELECT *, least(free, greatest(0, quantity - coalesce(sum(free) OVER before, 0)))::integer AS take FROM locked
    WINDOW before AS (
        PARTITION BY variant_id ORDER BY location ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), moved AS (
    INSERT INTO commerce.stock_level AS l ({_COLUMNS})
    SELECT $1, variant_id, location, on_hand, reserved + take, allocated, backorder_limit, low_at, $2 FROM taken
    WHERE take > 0 {_WRITE}
), held AS (
    INSERT INTO commerce.stock_reservation
        (tenant_id, id, order_id, variant_id, location, quantity, state, created_at, updated_at)
    SELECT $1, uuidv7(), $3, variant_id, location, take, 'held', $2, $2 FROM taken WHERE take > 0
)
SELECT k.variant_id, k.wanted, k.low_at, {_TOLD} FROM (
    SELECT w.variant_id, w.quantity AS wanted, coalesce(sum(t.free), 0)::bigint AS before,
           coalesce(sum(t.free - t.take), 0)::bigint AS after, coalesce(max(t.low_at), 0) AS low_at
    FROM wanted w LEFT JOIN taken t ON t.variant_id = w.variant_id GROUP BY w.variant_id, w.quantity
) AS k
"""

# Compare-and-set: whoever locks the reservations first moves them, and others find them in another state.
_MOVE = f"""
WITH picked AS MATERIALIZED (
    SELECT id, variant_id, location, quantity, state FROM commerce.stock_reservation
    WHERE tenant_id = $1 AND order_id = $3 AND state = ANY($4) AND ($5::uuid[] IS NULL OR variant_id = ANY($5))
    ORDER BY id FOR UPDATE
), sums AS (
    SELECT variant_id, location, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0)::integer AS held,
           coalesce(sum(quantity) FILTER (WHERE state = 'allocated'), 0)::integer AS promised
    FROM picked GROUP BY variant_id, location ORDER BY variant_id, location
), locked AS MATERIALIZED (
    SELECT w.variant_id, w.location, w.held, w.promised, l.* FROM sums AS w {_LEVEL}
), changed AS (
    UPDATE commerce.stock_reservation r SET state = $6, updated_at = $2 FROM picked p
    WHERE r.tenant_id = $1 AND r.id = p.id
), moved AS (
    INSERT INTO commerce.stock_level AS l ({_COLUMNS})
    SELECT $1, variant_id, location, on_hand - CASE WHEN $6 = 'shipped' THEN promised ELSE 0 END, reserved - held,
           allocated - promised + CASE WHEN $6 = 'allocated' THEN held ELSE 0 END, backorder_limit, low_at, $2
    FROM locked {_WRITE}
), written AS (
    INSERT INTO commerce.stock_movement (tenant_id, id, variant_id, location, delta, reason, cause_id, actor, at)
    SELECT $1, uuidv7(), variant_id, location, -promised, 'shipped', $3, $7, $2 FROM locked
    WHERE $6 = 'shipped' AND promised > 0
)
SELECT k.variant_id, 0 AS low_at, {_TOLD} FROM (
    SELECT variant_id, free::bigint AS before,
           (free + CASE WHEN $6 = 'released' THEN held + promised ELSE 0 END)::bigint AS after FROM locked
) AS k
"""

_SET = f"""
WITH counts AS (
    SELECT * FROM unnest($3::uuid[], $4::text[], $5::integer[]) AS c (variant_id, location, counted)
    ORDER BY variant_id, location
), locked AS MATERIALIZED (
    SELECT w.variant_id, w.location, l.*, CASE WHEN $6 THEN l.on_hand + w.counted ELSE w.counted END AS target
    FROM counts AS w {_LEVEL}
), judged AS MATERIALIZED (
    SELECT *, target >= 0 AND target + backorder_limit >= reserved + allocated AND target <= 2000000000 AS fits
    FROM locked
), moved AS (
    INSERT INTO commerce.stock_level AS l ({_COLUMNS})
    SELECT $1, variant_id, location, target, reserved, allocated, backorder_limit, low_at, $2 FROM judged
    WHERE fits AND target <> on_hand {_WRITE}
), written AS (
    INSERT INTO commerce.stock_movement (tenant_id, id, variant_id, location, delta, reason, cause_id, note, actor, at)
    SELECT $1, uuidv7(), variant_id, location, (target - on_hand)::integer, $7, $8, $9, $10, $2 FROM judged
    WHERE fits AND target <> on_hand
)
SELECT k.variant_id, k.low_at, k.committed, k.target, k.fits, {_TOLD} FROM (
    SELECT *, free::bigint AS before, (free + target - on_hand)::bigint AS after, reserved + allocated AS committed
    FROM judged
) AS k
"""

_BACKORDERS = f"""
WITH counts AS (
    SELECT c.variant_id, '{MAIN}' AS location, c.most FROM unnest($3::uuid[], $4::integer[]) AS c (variant_id, most)
    ORDER BY variant_id
), locked AS MATERIALIZED (
    SELECT w.variant_id, w.location, w.most, l.* FROM counts AS w {_LEVEL}
)
INSERT INTO commerce.stock_level AS l ({_COLUMNS})
SELECT $1, variant_id, location, on_hand, reserved, allocated, greatest(most, reserved + allocated - on_hand), low_at,
       $2
FROM locked WHERE (backorder_limit > 0) <> (most > 0) {_WRITE}
"""

_SET_LIMITS = f"""
WITH locked AS MATERIALIZED (
    SELECT w.variant_id, w.location, l.*, coalesce($6, l.backorder_limit) AS most
    FROM (SELECT $3::uuid AS variant_id, $4::text AS location) AS w {_LEVEL}
), moved AS (
    INSERT INTO commerce.stock_level AS l ({_COLUMNS})
    SELECT $1, variant_id, location, on_hand, reserved, allocated, most, coalesce($5, low_at), $2 FROM locked
    WHERE reserved + allocated <= on_hand + most {_WRITE}
)
SELECT free::bigint AS before, (free - backorder_limit + most)::bigint AS after FROM locked
WHERE reserved + allocated <= on_hand + most
"""


async def reserve(
    db: Connection,
    tenant_id: UUID,
    now: datetime,
    order_id: UUID,
    variant_ids: Sequence[UUID],
    quantities: Sequence[int],
) -> list[asyncpg.Record]:
    """Sets aside what there is: (variant_id, wanted, before, after, low_at, product_id) of each."""
    return await db.fetch(_RESERVE, tenant_id, now, order_id, variant_ids, quantities)


async def move_reservations(
    db: Connection, tenant_id: UUID, now: datetime, order_id: UUID, states: Sequence[str],
    variant_ids: Sequence[UUID] | None, state: str, actor: str,
) -> list[asyncpg.Record]:  # fmt: skip
    """Moves an order's reservations into a state; each level's (variant_id, before, after, low_at, product_id)."""
    return await db.fetch(_MOVE, tenant_id, now, order_id, states, variant_ids, state, actor)


async def ensure_levels(
    db: Connection, tenant_id: UUID, now: datetime, variant_ids: Sequence[UUID], locations: Sequence[str]
) -> None:
    """Makes the levels that are missing, with nothing on hand."""
    await db.execute(
        "INSERT INTO commerce.stock_level (tenant_id, variant_id, location, updated_at)"
        " SELECT DISTINCT $1::uuid, c.variant_id, c.location, $2::timestamptz FROM unnest($3::uuid[], $4::text[])"
        " AS c (variant_id, location) WHERE NOT EXISTS (SELECT FROM commerce.stock_level l WHERE l.tenant_id = $1"
        " AND l.variant_id = c.variant_id AND l.location = c.location) ORDER BY c.variant_id ON CONFLICT DO NOTHING",
        tenant_id, now, variant_ids, locations,
    )  # fmt: skip


async def set_levels(
    db: Connection, tenant_id: UUID, now: datetime, counts: Sequence[tuple[UUID, str, int]], reason: str,
    cause_id: UUID | None, note: str, actor: str, *, relative: bool = False,
) -> list[asyncpg.Record]:  # fmt: skip
    """Sets what is on hand (or adds to it), where that leaves enough for what is promised; `fits` says where."""
    return await db.fetch(
        _SET, tenant_id, now, [each[0] for each in counts], [each[1] for each in counts], [each[2] for each in counts],
        relative, reason, cause_id, note, actor,
    )  # fmt: skip


async def insert_levels(
    db: Connection, tenant_id: UUID, now: datetime, variant_ids: Sequence[UUID], counts: Sequence[int],
    limits: Sequence[int], actor: str,
) -> None:  # fmt: skip
    """Makes the levels of new variants, with their first entries in the ledger."""
    await db.execute(
        "WITH made AS (INSERT INTO commerce.stock_level (tenant_id, variant_id, on_hand, backorder_limit, updated_at)"
        " SELECT $1, c.variant_id, c.counted, c.most, $2"
        " FROM unnest($3::uuid[], $4::integer[], $5::integer[]) AS c (variant_id, counted, most)"
        " RETURNING variant_id, location, on_hand)"
        " INSERT INTO commerce.stock_movement (tenant_id, id, variant_id, location, delta, reason, actor, at)"
        " SELECT $1, uuidv7(), variant_id, location, on_hand, 'initial', $6, $2 FROM made WHERE on_hand <> 0",
        tenant_id, now, variant_ids, counts, limits, actor,
    )  # fmt: skip


async def set_backorders(
    db: Connection, tenant_id: UUID, now: datetime, variant_ids: Sequence[UUID], limits: Sequence[int]
) -> None:
    """Sets how many pieces may be sold ahead; never less than are sold ahead already."""
    await db.execute(_BACKORDERS, tenant_id, now, variant_ids, limits)


async def update_level(
    db: Connection, tenant_id: UUID, now: datetime, variant_id: UUID, location: str, low_at: int | None,
    backorder_limit: int | None,
) -> asyncpg.Record | None:  # fmt: skip
    """Sets when somebody is told, and how many are sold ahead: (before, after); None when promises forbid it."""
    return await db.fetchrow(_SET_LIMITS, tenant_id, now, variant_id, location, low_at, backorder_limit)
