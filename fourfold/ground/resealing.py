"""Resealing: sealed fields of all systems are sealed anew with the current key, batch by batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from fourfold.ground.sealing import SealedPlace, Unreadable
from fourfold.ground.work import View, Work

BATCH = 200


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of a batch; `last` is the id to go on behind, None at the end of the place."""

    done: int
    unreadable: int
    last: UUID | None


async def uses_of_keys(view: View, places: Iterable[SealedPlace]) -> dict[UUID, int]:
    """How many fields of the tenant are sealed with each key."""
    uses: dict[UUID, int] = {}
    for place in places:
        rows = await view.db.fetch(
            f"SELECT substr({place.column}, 2, 16) AS key, count(*) AS fields FROM {place.table}"
            f" WHERE {place.column} IS NOT NULL AND length({place.column}) > 29 GROUP BY 1"
        )
        for row in rows:
            key = UUID(bytes=bytes(row["key"]))
            uses[key] = uses.get(key, 0) + row["fields"]
    return uses


async def reseal_batch(work: Work, place: SealedPlace, current: UUID, after: UUID | None) -> Resealed:
    """Seals the next fields of a place that have another key than the current one; those that do not open stay."""
    column, row_id = place.column, place.row_column
    sealer, tenant_id = work.house.sealer, work.who.tenant_id
    await sealer.refresh(work.db, tenant_id)
    rows = await work.db.fetch(
        f"SELECT {row_id} AS id, {column} AS sealed FROM {place.table}"
        f" WHERE {column} IS NOT NULL AND substr({column}, 2, 16) <> $1 AND ($2::uuid IS NULL OR {row_id} > $2)"
        f" ORDER BY {row_id} LIMIT {BATCH}",
        current.bytes, after,
    )  # fmt: skip
    done = unreadable = 0
    for row in rows:
        try:
            plain = await sealer.open(work.db, tenant_id, place.place, row["id"], row["sealed"])
        except Unreadable:
            unreadable += 1
            continue
        fresh = await sealer.seal(work.db, tenant_id, place.place, row["id"], plain)
        # Whoever has written the field in between has used the current key already.
        await work.db.execute(
            f"UPDATE {place.table} SET {column} = $3 WHERE {row_id} = $1 AND {column} = $2",
            row["id"], row["sealed"], fresh,
        )  # fmt: skip
        done += 1
    return Resealed(done, unreadable, rows[-1]["id"] if len(rows) == BATCH else None)
