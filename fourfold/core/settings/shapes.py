"""What leaves of settings."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.settings.known import Branding


class SettingShape(BaseModel):
    """A setting with the value that holds."""

    name: str = Field(examples=["core.locale"])
    title: str = Field(examples=["Language"])
    value: Any = Field(examples=["en"])
    default: Any = Field(examples=["en"])
    source: str = Field(description="default, platform, plan or tenant.", examples=["tenant"])
    kind: dict[str, Any] = Field(description="The JSON Schema of its values.")
    changeable: bool = Field(description="Whether a tenant may set it for itself.")


class SettingsShape(BaseModel):
    """All settings of a tenant; the version is also the entity tag."""

    version: int = Field(examples=[3])
    items: list[SettingShape]


class SharedSettingsShape(BaseModel):
    """What is set for the platform or a plan."""

    scope: str = Field(examples=["plan:free"])
    values: dict[str, Any] = Field(examples=[{"core.deletion_grace_days": 30}])


class ChangeShape(BaseModel):
    """One change of one setting; null stands for not set."""

    id: UUID
    version: int = Field(examples=[3])
    scope: str = Field(examples=["tenant"])
    name: str = Field(examples=["core.locale"])
    before: Any = Field(examples=["en"])
    after: Any = Field(examples=["de"])
    changed_by: str = Field(examples=["account:01890a5d-ac96-774b-bcce-b302099a8057"])
    at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ChangeShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class DomainShape(BaseModel):
    """A host of the tenant's own; it leads to the tenant once a TXT record has proved whose it is."""

    id: UUID
    host: str = Field(examples=["shop.example.com"])
    verified_at: datetime | None
    record: str = Field(description="The name of the TXT record.", examples=["_fourfold.shop.example.com"])
    proof: str = Field(description="What the TXT record must say.", examples=["fourfold=5vXq…"])

    @classmethod
    def of(cls, row: asyncpg.Record) -> "DomainShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"],
            host=row["host"],
            verified_at=row["verified_at"],
            record=f"_fourfold.{row['host']}",
            proof=f"fourfold={row['proof']}",
        )


class StorefrontShape(BaseModel):
    """What every visitor may know of a tenant."""

    slug: str = Field(examples=["demo"])
    name: str = Field(examples=["Demo Market"])
    locale: str = Field(examples=["en"])
    currency: str = Field(examples=["EUR"])
    time_zone: str = Field(examples=["Europe/Paris"])
    branding: Branding
