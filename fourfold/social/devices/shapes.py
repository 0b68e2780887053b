"""What leaves of devices: never their tokens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class DeviceShape(BaseModel):
    """A device of the caller's."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    provider: str = Field(examples=["fcm"])
    at: datetime = Field(description="Since when it is registered.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "DeviceShape":
        """A document as it leaves."""
        return cls(id=row["_id"], provider=row["provider"], at=row["at"])
