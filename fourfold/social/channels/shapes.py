"""What leaves of channels: events, and what was missed of several at once."""

from typing import Any

from pydantic import BaseModel, Field


class EventShape(BaseModel):
    """Something that has happened."""

    channel: str = Field(examples=["post:01890a5d-ac96-774b-bcce-b302099a8057"])
    seq: int = Field(description="Rises on its channel, by any amount.", examples=[41])
    prev: int = Field(description="The number of the event before it on its channel, for this caller.", examples=[29])
    type: str = Field(description="What has happened.", examples=["comment.written"])
    data: dict[str, Any] = Field(
        description="Ids and small facts; what is to be shown is read where it is shown.",
        examples=[{"comment_id": "01890a5d-ac96-774b-bcce-b302099a8057"}],
    )


class SyncShape(BaseModel):
    """What was missed."""

    events: list[EventShape] = Field(description="In order on each channel; 500 at most.")
    cursors: dict[str, int] = Field(
        description="Where the caller is now on each channel.",
        examples=[{"post:01890a5d-ac96-774b-bcce-b302099a8057": 41}],
    )
    resync: list[str] = Field(
        description="Channels of which too much was missed, or that are not, or no longer, for the caller: what they"
        " are about is to be read anew."
    )
    more: bool = Field(description="Whether there is more: ask again with these cursors.", examples=[False])
