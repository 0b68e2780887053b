"""The outbox: events written in the transaction that they tell of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.closing import calling
from fourfold.ground.ids import new_id
from fourfold.ground.metrics import Count
from fourfold.ground.traces import traceparent
from fourfold.ground.who import Who

WRITE_EVENTS = "ground.write_events"
# A name in an event's document that no event has a field for: those who do not know it pass over it.
TRACEPARENT = "traceparent"


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

    def counts(self) -> Sequence[Count]:
        """What is added to the metrics once it has happened; most events are not counted."""
        return ()


def events_told(who: Who, at: datetime, events: Sequence[Event]) -> str:
    """The statement that adds the events to the outbox, in the order given; they bear the trace that they belong to."""
    return calling(WRITE_EVENTS, event_rows(who, at, events))


def event_rows(who: Who, at: datetime, events: Sequence[Event]) -> dict[str, Any]:
    """The events as `ground.write_events` takes them."""
    parent = traceparent()
    more = {TRACEPARENT: parent} if parent else {}
    return {
        "tenant_id": who.tenant_id,
        "at": at,
        "actor": who.principal,
        "request_id": who.request_id,
        "events": [
            {
                "id": event.event_id,
                "type": event.type,
                "subject": str(event.subject_id),
                "data": {**event.model_dump(mode="json", exclude={"event_id"}), **more},
            }
            for event in events
        ],
    }
