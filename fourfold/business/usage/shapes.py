"""What leaves of usage and of the plan."""

from datetime import datetime

from pydantic import BaseModel, Field


class UsageShape(BaseModel):
    """Requests of one group."""

    group: str = Field(
        description="What they have in common; empty for requests without an account or key.", examples=["2031-01-31"]
    )
    requests: int = Field(description="All of them.", examples=[1200])
    refused: int = Field(description="Those with an answer from 400 to 499.", examples=[12])
    failed: int = Field(description="Those with an answer from 500 on.", examples=[0])
    mean_ms: float = Field(description="How long they took on average, in milliseconds.", examples=[3.2])
    max_ms: float = Field(description="How long the slowest took, in milliseconds.", examples=[48.1])


class QuotaShape(BaseModel):
    """What the plan gives, and how much of it this month has used."""

    month: str = Field(examples=["2031-01"])
    requests: int | None = Field(
        description="Requests that the plan gives each month; null: no limit.", examples=[None]
    )
    used: int = Field(description="Requests of this month that count; those answered with 429 do not.", examples=[120])
    requests_of_key: int | None = Field(description="Requests of each API key; null: no limit.", examples=[None])
    storage_bytes: int = Field(description="Bytes of files that may be stored.", examples=[53687091200])
    resets_at: datetime = Field(description="When the next month begins.")
