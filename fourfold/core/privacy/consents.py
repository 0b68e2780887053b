"""Somebody agrees to a purpose, or withdraws."""

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.privacy import tables
from fourfold.core.privacy.shapes import ConsentShape
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


class GiveConsent(BaseModel):
    """What is agreed to, or not any more."""

    model_config = ConfigDict(extra="forbid")
    purpose: str = Field(max_length=63, pattern=r"^[a-z][a-z0-9_.-]*$", examples=["newsletter"])
    version: str = Field(min_length=1, max_length=100, examples=["2031-01"])
    given: bool = Field(strict=True, examples=[True])


async def say_consent(work: Work, ask: GiveConsent) -> ConsentShape:
    """Adds it to what the caller has said; nothing said before is changed."""
    consent_id = new_id()
    await tables.insert_consent(
        work.db, work.who.tenant_id, consent_id, work.who.account, ask.purpose, ask.version, work.now, given=ask.given
    )
    return ConsentShape(id=consent_id, at=work.now, **ask.model_dump())
