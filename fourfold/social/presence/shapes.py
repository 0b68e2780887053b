"""What leaves of presence."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.presence.rules import State


class PresenceShape(BaseModel):
    """Whether somebody is here; who may not know is told that they are offline."""

    state: State = Field(examples=["online"])
    last_seen: datetime | None = Field(description="When they were here last, as far as it is known.")

    def told(self, person: UUID) -> dict[str, Any]:
        """The same as an event's data."""
        seen = self.last_seen.isoformat() if self.last_seen else None
        return {"person_id": str(person), "state": self.state, "last_seen": seen}
