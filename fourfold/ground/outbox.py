"""The outbox: events written in the transaction that they tell of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.audit import Row, beside
from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who

_WRITE = """
INSERT INTO ground.event (tenant_id, id, type, subject, at, actor, request_id, data)
SELECT $1, e.id, e.type, e.subject, $2, $3, $4, e.data
FROM unnest($5::uuid[], $6::text[], $7::text[], $8::jsonb[]) WITH ORDINALITY AS e (id, type, subject, data, n)
ORDER BY e.n
"""
_WRITE_AND_KEEP = beside(_WRITE, 8)


class Event(BaseModel):
    """Something that has happened; subclasses name it in the past tense and give it a stable `type`.

    `subject_id` is the aggregate it happened to: events of one aggregate arrive in order.
    """

    model_config = ConfigDict(frozen=True)
    type: ClassVar[str]

    event_id: UUID = Field(default_factory=new_id)

    @property
    def subject_id(self) -> UUID:
        """The id of the aggregate; the event's own id when nothing else is named."""
        return self.event_id


async def write_events(
    db: Connection, who: Who, at: datetime, events: Sequence[Event], entry: Row | None = None
) -> None:
    """Adds the events to the outbox, in the caller's transaction and in the order given; and an entry of the audit log.

    Both in one statement, since every change pays for it.
    """
    bodies: list[dict[str, Any]] = [event.model_dump(mode="json", exclude={"event_id"}) for event in events]
    await db.execute(
        _WRITE if entry is None else _WRITE_AND_KEEP,
        who.tenant_id,
        at,
        who.principal,
        who.request_id,
        [event.event_id for event in events],
        [event.type for event in events],
        [str(event.subject_id) for event in events],
        bodies,
        *(entry or ()),
    )
