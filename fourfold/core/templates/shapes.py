"""What leaves of templates."""

from datetime import datetime

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.templates.shipped import ENGLISH, shipped_fields, shipped_languages, shipped_text


class TemplateShape(BaseModel):
    """A template of the tenant's own in one language."""

    name: str = Field(examples=["core.accounts.verify_email"])
    language: str = Field(examples=["de"])
    subject: str
    text: str
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "TemplateShape":
        """From a row of `queries`."""
        return cls(
            name=row["name"], language=row["language"], subject=row["subject"], text=row["body"],
            version=row["version"], updated_at=row["updated_at"],
        )  # fmt: skip


class MailKindShape(BaseModel):
    """A mail that is sent: what it can show, the languages that it comes in, its English text, and the tenant's own."""

    name: str = Field(examples=["core.accounts.verify_email"])
    fields: list[str] = Field(examples=[["link", "name", "tenant"]])
    languages: list[str] = Field(examples=[["de", "en", "fr"]])
    subject: str
    text: str
    own: list[str] = Field(examples=[["de"]], description="The languages in which the tenant has written its own.")

    @classmethod
    def of(cls, path: str, own: list[str]) -> "MailKindShape":
        """A mail by its path in the package."""
        subject, _, text = (shipped_text(path, ENGLISH) or "").partition("\n")
        languages = sorted(shipped_languages()[path])
        name, fields = path.replace("/", "."), shipped_fields(path).names()
        return cls(name=name, fields=fields, languages=languages, subject=subject, text=text, own=own)
