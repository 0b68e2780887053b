"""What leaves of tenants."""

from uuid import UUID

from pydantic import BaseModel, Field


class TenantShape(BaseModel):
    """A tenant."""

    id: UUID
    slug: str = Field(examples=["demo"])
    name: str = Field(examples=["Demo Market"])
    status: str = Field(examples=["active"])
