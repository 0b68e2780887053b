"""What leaves of files."""

from typing import Any, Literal, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.files.rules import AVATAR_WIDTHS
from fourfold.ground.moments import Moment


class FileShape(BaseModel):
    """A file; `sha256` is there once it is `ready`, and a picture's `variants` once they are `made`."""

    id: UUID
    name: str = Field(examples=["report.pdf"])
    content_type: str = Field(description="By the content.", examples=["application/pdf"])
    size: int = Field(examples=[48211])
    sha256: str | None = Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    status: Literal["storing", "composing", "ready"]
    public: bool
    owner_id: UUID
    width: int | None = Field(description="Of a picture, in pixels.", examples=[1600])
    height: int | None = Field(description="Of a picture, in pixels.", examples=[900])
    variants_status: Literal["making", "made", "failed"] | None
    variants: dict[str, str] = Field(
        examples=[{"320": "/v1/core/files/01a20725-ad1c-774b-bcce-b302099a8057/variants/320"}]
    )
    url: str = Field(examples=["/v1/core/files/01a20725-ad1c-774b-bcce-b302099a8057/content"])
    created_at: Moment

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row of `queries`."""
        base = f"/v1/core/files/{row['id']}"
        widths = sorted({int(name.partition(".")[0]) for name in row["variants"]})
        made: dict[str, Any] = {
            **dict(row), "url": f"{base}/content",
            "variants": {str(width): f"{base}/variants/{width}" for width in widths},
        }  # fmt: skip
        return cls.model_validate({name: made[name] for name in cls.model_fields})


class LinkShape(BaseModel):
    """An address under which a file is read by whoever has it, until it expires."""

    url: str = Field(examples=["https://api.example/v1/core/files/01a20725-…/content?expires=1793000000&signature=Yz…"])
    expires_at: Moment


class AvatarShape(BaseModel):
    """The caller's picture: `processing` until its squares are made; `urls` by their widths in pixels."""

    status: Literal["none", "processing", "ready", "failed"]
    urls: dict[str, str] = Field(examples=[{"64": "/v1/core/accounts/01a20725-…/avatar?width=64"}])

    @classmethod
    def of(cls, account_id: UUID, status: str | None) -> Self:
        """From how far the making of the squares is; None when there is no picture."""
        shown = {"making": "processing", "made": "ready", "failed": "failed", None: "none"}[status]
        urls = {str(width): f"/v1/core/accounts/{account_id}/avatar?width={width}" for width in AVATAR_WIDTHS}
        return cls.model_validate({"status": shown, "urls": urls if shown == "ready" else {}})
