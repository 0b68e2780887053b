"""How stock levels, reservations and the ledger are kept; every change locks its levels by ascending variant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

MAIN = "main"
_FREE = "l.on_hand + l.backorder_limit - l.reserved - l.allocated"
# The present state of a level that is locked. Updates write all of it: PostgreSQL checks the constraints on the row as
# the statement first saw it, before it notices that somebody else has changed it in the meantime.
_STATE = "l.on_hand, l.reserved, l.allocated, l.backorder_limit"
_PRODUCT = "(SELECT v.product_id FROM commerce.variant v WHERE v.tenant_id = $1 AND v.id = k.variant_id) AS product_id"

# One statement decides and writes: what is read here is locked until the end, so nobody sells the same piece twice.
_RESERVE = f"""
WITH wanted AS (
    SELECT w.variant_id, sum(w.quantity)::integer AS quantity
    FROM unnest($4::uuid[], $5::integer[]) AS w (variant_id, quantity) GROUP BY w.variant_id
), locked AS MATERIALIZED (
    SELECT l.variant_id, l.location, {_STATE}, l.low_at, w.quantity, greatest({_FREE}, 0) AS free
    FROM wanted w JOIN commerce.stock_level l ON l.tenant_id = $1 AND l.variant_id = w.variant_id
    ORDER BY l.variant_id, l.location FOR UPDATE OF l
), taken AS (
    SELECT *, least(free, greatest(0, quantity - coalesce(sum(free) OVER (
        PARTITION BY variant_id ORDER BY location ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS take
    FROM locked
), moved AS (
    UPDATE commerce.stock_level l SET updated_at = $2, on_hand = t.on_hand, reserved = t.reserved + t.take,
        allocated = t.allocated, backorder_limit = t.backorder_limit FROM taken t
    WHERE l.tenant_id = $1 AND l.variant_id = t.variant_id AND l.location = t.location AND t.take > 0
    RETURNING l.variant_id, l.location, t.take
), held AS (
    INSERT INTO commerce.stock_reservation
        (tenant_id, id, order_id, variant_id, location, quantity, state, created_at, updated_at)
    SELECT $1, uuidv7(), $3, variant_id, location, take, 'held', $2, $2 FROM moved
)
SELECT k.variant_id, k.quantity AS wanted, coalesce(sum(t.free), 0)::bigint AS before,
       (coalesce(sum(t.free), 0) - coalesce(sum(t.take), 0))::bigint AS after,
       coalesce(max(t.low_at), 0) AS low_at, {_PRODUCT}
FROM wanted k LEFT JOIN taken t ON t.variant_id = k.variant_id GROUP BY k.variant_id, k.quantity
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
    FROM picked GROUP BY variant_id, location
), locked AS MATERIALIZED (
    SELECT l.variant_id, l.location, {_STATE}, s.held, s.promised, {_FREE} AS free
    FROM sums s JOIN commerce.stock_level l
      ON l.tenant_id = $1 AND l.variant_id = s.variant_id AND l.location = s.location
    ORDER BY l.variant_id, l.location FOR UPDATE OF l
), changed AS (
    UPDATE commerce.stock_reservation r SET state = $6, updated_at = $2 FROM picked p
    WHERE r.tenant_id = $1 AND r.id = p.id
), moved AS (
    UPDATE commerce.stock_level l SET updated_at = $2, reserved = k.reserved - k.held,
        allocated = k.allocated - k.promised + CASE WHEN $6 = 'allocated' THEN k.held ELSE 0 END,
        on_hand = k.on_hand - CASE WHEN $6 = 'shipped' THEN k.promised ELSE 0 END, backorder_limit = k.backorder_limit
    FROM locked k WHERE l.tenant_id = $1 AND l.variant_id = k.variant_id AND l.location = k.location
), written AS (
    INSERT INTO commerce.stock_movement (tenant_id, id, variant_id, location, delta, reason, cause_id, actor, at)
    SELECT $1, uuidv7(), variant_id, location, -promised, 'shipped', $3, $7, $2 FROM locked
    WHERE $6 = 'shipped' AND promised > 0
)
SELECT k.variant_id, k.free::bigint AS before, 0 AS low_at, {_PRODUCT},
       (k.free + CASE WHEN $6 = 'released' THEN k.held + k.promised ELSE 0 END)::bigint AS after
FROM locked k
"""

_SET = f"""
WITH counts AS (
    SELECT c.variant_id, c.location, c.counted FROM unnest($3::uuid[], $4::text[], $5::integer[])
        AS c (variant_id, location, counted)
), locked AS MATERIALIZED (
    SELECT l.variant_id, l.location, {_STATE}, l.low_at, l.reserved + l.allocated AS committed, {_FREE} AS free,
           CASE WHEN $6 THEN l.on_hand + c.counted ELSE c.counted END AS target
    FROM counts c JOIN commerce.stock_level l
      ON l.tenant_id = $1 AND l.variant_id = c.variant_id AND l.location = c.location
    ORDER BY l.variant_id, l.location FOR UPDATE OF l
), good AS (
    SELECT * FROM locked WHERE target >= 0 AND target + backorder_limit >= committed AND target <= 2000000000
), moved AS (
    UPDATE commerce.stock_level l SET updated_at = $2, on_hand = g.target, reserved = g.reserved,
        allocated = g.allocated, backorder_limit = g.backorder_limit FROM good g
    WHERE l.tenant_id = $1 AND l.variant_id = g.variant_id AND l.location = g.location AND g.on_hand <> g.target
), written AS (
    INSERT INTO commerce.stock_movement (tenant_id, id, variant_id, location, delta, reason, cause_id, note, actor, at)
    SELECT $1, uuidv7(), variant_id, location, (target - on_hand)::integer, $7, $8, $9, $10, $2 FROM good
    WHERE target <> on_hand
)
SELECT k.variant_id, k.location, k.free::bigint AS before, (k.free + k.target - k.on_hand)::bigint AS after, k.low_at,
       k.committed, k.target, {_PRODUCT}, g.variant_id IS NOT NULL AS fits
FROM locked k LEFT JOIN good g ON g.variant_id = k.variant_id AND g.location = k.location
"""


async def reserve(
    db: Connection,
    tenant_id: UUID,
    now: datetime,
    order_id: UUID,
    variant_ids: Sequence[UUID],
    quantities: Sequence[int],
) -> list[asyncpg.Record]:
    """Sets aside what there is: (variant_id, wanted, before, after, low_at, product_id) of each variant."""
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
    await db.execute(
        f"WITH locked AS MATERIALIZED (SELECT l.variant_id, l.location, {_STATE}, c.most"
        " FROM unnest($3::uuid[], $4::integer[]) AS c (variant_id, most) JOIN commerce.stock_level l ON l.tenant_id = $1 AND l.variant_id = c.variant_id"
        f" AND l.location = '{MAIN}' AND (l.backorder_limit > 0) <> (c.most > 0)"
        " ORDER BY l.variant_id FOR UPDATE OF l)"
        " UPDATE commerce.stock_level l SET updated_at = $2, on_hand = k.on_hand, reserved = k.reserved,"
        " allocated = k.allocated,"
        " backorder_limit = greatest(k.most, k.reserved + k.allocated - k.on_hand) FROM locked k"
        " WHERE l.tenant_id = $1 AND l.variant_id = k.variant_id AND l.location = k.location",
        tenant_id, now, variant_ids, limits,
    )  # fmt: skip


async def update_level(
    db: Connection, tenant_id: UUID, now: datetime, variant_id: UUID, location: str, low_at: int | None,
    backorder_limit: int | None,
) -> asyncpg.Record | None:  # fmt: skip
    """Sets when somebody is told, and how many are sold ahead: (before, after); None when promises forbid it."""
    return await db.fetchrow(
        f"WITH k AS MATERIALIZED (SELECT l.variant_id, l.location, {_STATE}, {_FREE} AS free"
        " FROM commerce.stock_level l WHERE l.tenant_id = $1 AND l.variant_id = $3 AND l.location = $4 FOR UPDATE)"
        " UPDATE commerce.stock_level l SET updated_at = $2, low_at = coalesce($5, l.low_at), on_hand = k.on_hand,"
        " reserved = k.reserved, allocated = k.allocated,"
        " backorder_limit = coalesce($6, k.backorder_limit) FROM k WHERE l.tenant_id = $1"
        " AND l.variant_id = k.variant_id AND l.location = k.location"
        " AND k.reserved + k.allocated <= k.on_hand + coalesce($6, k.backorder_limit)"
        " RETURNING k.free::bigint AS before, (k.free - k.backorder_limit + l.backorder_limit)::bigint AS after",
        tenant_id, now, variant_id, location, low_at, backorder_limit,
    )  # fmt: skip
