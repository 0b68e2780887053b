"""A vendor sends its part of an order, and later it arrives."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.fulfilments import queries, tables
from fourfold.commerce.orders.advance import order_follows_fulfilments
from fourfold.commerce.orders.move import Move, must_move, write_moves
from fourfold.commerce.orders.queries import order_locked, parts_locked
from fourfold.commerce.orders.rules import PART_MOVES, Mover, Status
from fourfold.commerce.stock.ship import ship_stock
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.contracts.commerce import FulfilmentDelivered, FulfilmentShipped
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work

Label = Annotated[str, Field(min_length=1, max_length=100)]


class ShipFulfilment(BaseModel):
    """Who carries the parcel, and its number there."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    carrier: Label | None = Field(None, examples=["DHL"])
    tracking_number: Label | None = Field(None, examples=["00340434161094042557"])


class NoSuchFulfilment(NotFound):
    """404: there is no such fulfilment, or it is another vendor's."""

    code = "commerce.no_such_fulfilment"


class NothingToShip(Conflict):
    """409: every piece has been refunded."""

    code = "commerce.nothing_to_ship"
    title = "Everything in this parcel has been refunded"


@dataclass(frozen=True, slots=True)
class _Held:
    order_id: UUID
    vendor_id: UUID
    status: Status
    mover: Mover


async def ship_fulfilment(work: Work, fulfilment_id: UUID, ask: ShipFulfilment) -> str:
    """Sends a parcel that is being processed: its pieces leave the stock. Raises `IllegalMove` from other states."""
    held = await _held(work, fulfilment_id)
    must_move(PART_MOVES, held.status, "shipped", held.mover)
    variant_ids = await queries.pieces_left(work.db, held.order_id, fulfilment_id)
    if not variant_ids:
        raise NothingToShip
    await tables.mark_shipped(work.db, fulfilment_id, ask.carrier, ask.tracking_number, work.now)
    await write_moves(work, [Move(held.order_id, held.status, "shipped", fulfilment_id=fulfilment_id)])
    await order_follows_fulfilments(work, held.order_id)
    work.emit(FulfilmentShipped(order_id=held.order_id, fulfilment_id=fulfilment_id, vendor_id=held.vendor_id))
    await ship_stock(work, held.order_id, variant_ids)
    return await _item(work, fulfilment_id)


async def deliver_fulfilment(work: Work, fulfilment_id: UUID) -> str:
    """Notes that a parcel has arrived; the vendor has earned its share. Raises `IllegalMove` from other states."""
    held = await _held(work, fulfilment_id)
    must_move(PART_MOVES, held.status, "delivered", held.mover)
    await tables.mark_delivered(work.db, fulfilment_id, work.now)
    await write_moves(work, [Move(held.order_id, held.status, "delivered", fulfilment_id=fulfilment_id)])
    await order_follows_fulfilments(work, held.order_id)
    work.emit(FulfilmentDelivered(order_id=held.order_id, fulfilment_id=fulfilment_id, vendor_id=held.vendor_id))
    return await _item(work, fulfilment_id)


async def _held(work: Work, fulfilment_id: UUID) -> _Held:
    """The fulfilment with its order and parts locked; raises `NoSuchFulfilment` for those of other vendors."""
    owner = await queries.owner_of(work.db, fulfilment_id)
    scope = await vendor_scope(work)
    if owner is None or scope not in {None, owner["vendor_id"]}:
        raise NoSuchFulfilment
    await order_locked(work.db, owner["order_id"])
    parts = {part["id"]: part["status"] for part in await parts_locked(work.db, owner["order_id"])}
    mover: Mover = "vendor" if scope else "system" if work.who.kind == "system" else "administrator"
    return _Held(owner["order_id"], owner["vendor_id"], parts[fulfilment_id], mover)


async def _item(work: Work, fulfilment_id: UUID) -> str:
    row = await queries.fulfilment_with_id(work.db, fulfilment_id)
    if row is None:
        raise NoSuchFulfilment
    item: str = row["item"]
    return item
