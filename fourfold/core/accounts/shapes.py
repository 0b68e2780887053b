"""What leaves of accounts."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.ground.who import Who


class AccountShape(BaseModel):
    """An account, as its owner and the tenant's administrators see it."""

    id: UUID
    email: str = Field(examples=["ada@demo.test"])
    name: str = Field(examples=["Ada"])
    roles: list[str] = Field(examples=[["customer"]])
    status: str = Field(examples=["active"])
    email_verified: bool
    phone: str | None = Field(description="Only its beginning and end.", examples=["+49•••••••••89"])
    phone_verified: bool
    language: str | None = Field(examples=["de"])
    time_zone: str | None = Field(examples=["Europe/Berlin"])
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "AccountShape":
        """From a row of `queries`."""
        return cls(
            **{name: row[name] for name in ("id", "email", "name", "roles", "status", "created_at")}, **_proved(row)
        )


def _proved(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "email_verified": row["email_verified_at"] is not None,
        "phone": row["phone_hint"],
        "phone_verified": row["phone_verified_at"] is not None,
        "language": row["language"],
        "time_zone": row["time_zone"],
    }


class NewAccountShape(BaseModel):
    """The answer to a registration: the same whether the address was free or not."""

    id: UUID
    email: str = Field(examples=["ada@demo.test"])
    name: str = Field(examples=["Ada"])
    roles: list[str] = Field(examples=[["customer"]])


class TenantName(BaseModel):
    """The caller's tenant, in short."""

    id: UUID
    slug: str = Field(examples=["demo"])


class MeShape(BaseModel):
    """The caller, and what the caller may do."""

    id: UUID
    email: str
    name: str
    tenant: TenantName
    email_verified: bool
    phone: str | None = Field(description="Only its beginning and end.", examples=["+49•••••••••89"])
    phone_verified: bool
    language: str | None = Field(examples=["de"])
    time_zone: str | None = Field(examples=["Europe/Berlin"])
    roles: list[str]
    permissions: list[str] = Field(examples=[["commerce:orders:place"]])

    @classmethod
    def of(cls, who: Who, row: asyncpg.Record) -> "MeShape":
        """The caller's account row, with what the token says of tenant and permissions."""
        return cls(
            id=row["id"],
            email=row["email"],
            name=row["name"],
            tenant=TenantName(id=who.tenant_id, slug=who.tenant_slug),
            roles=sorted(who.roles),
            permissions=sorted(who.permissions),
            **_proved(row),
        )
