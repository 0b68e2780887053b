"""What leaves of pictures and videos to those who ask for one: how far its making is, and addresses to show it by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.media.link import Link

Reason = Literal[
    "unreadable", "no_picture", "too_long", "took_too_long", "needs_ffmpeg", "file_removed", "unexpected"
]  # fmt: skip


class VariantShape(BaseModel):
    """One form in which it is served."""

    name: Literal["2048", "1280", "400", "video", "poster"] = Field(
        description="Pixels across at most; or the video itself, and a picture out of it."
    )
    url: str = Field(description="Where it is served, to those who may see it.")
    link: str = Field(
        description="The same for whoever has this address, until `links_expire_at`: for `<img>` and `<video>`."
    )
    width: int | None = Field(examples=[1280])
    height: int | None = Field(examples=[720])
    bytes: int = Field(examples=[90412])
    type: str = Field(examples=["image/webp"])


class MediumShape(BaseModel):
    """A picture or a video for posts."""

    id: UUID = Field(description="The file that was sent.")
    kind: Literal["image", "video"]
    state: Literal["waiting", "processing", "ready", "failed"]
    progress: float = Field(description="How much of it is made, from 0 to 1.", examples=[0.4])
    reason: Reason | None = Field(description="Why nothing could be made of it; its author is told.")
    alt: str = Field(description="What is to be seen, for those who cannot see it.", examples=["A cat on a roof"])
    width: int | None = Field(examples=[1280])
    height: int | None = Field(examples=[720])
    seconds: float | None = Field(description="How long a video is.", examples=[12.5])
    blurhash: str | None = Field(
        description="How it looks before it is there, as a Blurhash.", examples=["LEHV6nWB2yk8pyo0adR*.7kCMdnj"]
    )
    transcoded: bool = Field(description="Whether a video was made anew, so that it plays everywhere.")
    variants: list[VariantShape]
    links_expire_at: datetime
    created_at: datetime

    @classmethod
    def of(cls, medium: Mapping[str, Any], link: Link, base: str, *, own: bool) -> "MediumShape":
        """From a document, for its author or for others; links begin with `base`."""
        path = f"/v1/social/media/{medium['_id']}/content"
        return cls(
            id=medium["_id"],
            kind=medium["kind"],
            state=medium["state"],
            progress=medium["progress"],
            reason=medium["reason"] if own else None,
            alt=medium["alt"],
            width=medium["width"],
            height=medium["height"],
            seconds=medium["seconds"],
            blurhash=medium["blurhash"],
            transcoded=medium["transcoded"],
            variants=[
                VariantShape(
                    name=name,
                    url=f"{path}?variant={name}",
                    link=f"{base}{path}?variant={name}&{link.query}",
                    width=made["width"],
                    height=made["height"],
                    bytes=made["bytes"],
                    type=made["type"],
                )
                for name, made in medium["variants"].items()
            ],
            links_expire_at=link.expires_at,
            created_at=medium["created_at"],
        )
