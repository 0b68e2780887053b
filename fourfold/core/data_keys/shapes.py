"""What leaves of data keys; never the keys."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class RotationShape(BaseModel):
    """A change of keys that has begun: `job_id` tells how far the fields are, by /v1/core/jobs/{job_id}."""

    key_id: UUID
    job_id: UUID


class DataKeyShape(BaseModel):
    """One of the tenant's keys. Replaced, it only opens; retired, it is destroyed."""

    id: UUID
    created_at: datetime
    replaced_at: datetime | None
    retired_at: datetime | None
    fields: int = Field(description="How many fields are sealed with it.", examples=[1204])
