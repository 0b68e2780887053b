"""What leaves of privacy."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.ground.personal import PersonalData


class ConsentShape(BaseModel):
    """What somebody has said about one purpose."""

    id: UUID
    purpose: str = Field(examples=["newsletter"])
    version: str = Field(description="Of the text that was agreed to.", examples=["2031-01"])
    given: bool
    at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "ConsentShape":
        """From a row of `queries`."""
        return cls(**dict(row))


class PersonalRequestShape(BaseModel):
    """An export of personal data, or an erasure."""

    id: UUID
    account_id: UUID
    kind: str = Field(description="export or erasure.", examples=["export"])
    status: str = Field(description="queued, done or failed.", examples=["done"])
    created_at: datetime
    finished_at: datetime | None
    size: int | None = Field(description="Bytes of the export.", examples=[4096])
    sha256: str | None = Field(description="Of the export's zip file.", examples=["9f86d081884c7d65…"])
    certificate: dict[str, Any] | None = Field(description="What was erased, and what is kept and why.")
    certificate_jwt: str | None = Field(description="The same, signed with a key of /.well-known/jwks.json.")

    @classmethod
    def of(cls, row: asyncpg.Record) -> "PersonalRequestShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class PersonalDataShape(BaseModel):
    """One kind of personal data that Fourfold keeps."""

    name: str = Field(examples=["core.account"])
    title: str = Field(examples=["The account"])
    purpose: str = Field(examples=["Signing in."])
    kept: str = Field(description="What stays after an erasure, and why.", examples=["Nothing."])
    fields: dict[str, str] = Field(examples=[{"core.account.email": "The address."}])

    @classmethod
    def of(cls, data: PersonalData) -> "PersonalDataShape":
        """From a declaration."""
        return cls(name=data.name, title=data.title, purpose=data.purpose, kept=data.kept, fields=dict(data.fields))


class DataMapShape(BaseModel):
    """Every kind of personal data, from the declarations of the services that run."""

    items: list[PersonalDataShape]
