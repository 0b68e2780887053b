"""What leaves of notifications: the list with its badge, and what somebody wants to be told."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.ground.pages import Page
from fourfold.social.notifications.rules import CHANNELS, KINDS, Kind, is_wanted
from fourfold.social.visibility.shapes import ShownPerson


class ShownNotification(BaseModel):
    """One line of the list: what one person, or several, have done."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    kind: Kind = Field(examples=["reaction"])
    post_id: UUID | None = Field(description="The post that it is about, if it is about one.")
    comment_id: UUID | None = Field(description="The comment that it is about, if it is about one.")
    actors: list[ShownPerson] = Field(description="Who has done it, the latest first: three of them at most.")
    count: int = Field(description="How many have done it, as far as they are there for the caller.", examples=[13])
    summary: str = Field(description="The same as a sentence.", examples=["Ada and 12 others reacted to your post"])
    seq: int = Field(description="Rises with whatever comes.", examples=[41])
    at: datetime = Field(description="When the latest of them did it.")
    read: bool = Field(description="Whether the caller has read it, on whichever device.")


class BadgeShape(BaseModel):
    """How much is new."""

    unread: int = Field(
        description="How many of the list have come since the caller looked; 100 stands for more than 99.",
        examples=[3],
    )
    seq: int = Field(
        description="The number of the latest that may be in it: of two answers, the one with the higher one is newer.",
        examples=[41],
    )


class NotificationsPage(Page[ShownNotification]):
    """A page of the list, and how much of the whole list is new."""

    unread: int = Field(description="As of the badge; 100 stands for more than 99.", examples=[3])
    seq: int = Field(description="What `seen` is told once these are shown.", examples=[41])


class ChannelsShape(BaseModel):
    """On which ways somebody is told of one kind."""

    in_app: bool = Field(description="In the list, and counted.", examples=[True])
    mail: bool = Field(description="In the mail of the day, if they have not looked by then.", examples=[False])
    push: bool = Field(description="On their devices, as soon as it comes.", examples=[True])


class PreferencesShape(BaseModel):
    """What somebody is told on which ways, of each kind."""

    reaction: ChannelsShape
    repost: ChannelsShape
    follow: ChannelsShape
    quote: ChannelsShape
    comment: ChannelsShape
    reply: ChannelsShape
    mention: ChannelsShape
    follow_request: ChannelsShape
    friend_request: ChannelsShape
    friend: ChannelsShape
    poll: ChannelsShape

    @classmethod
    def of(cls, chosen: Mapping[str, Mapping[str, bool]]) -> "PreferencesShape":
        """What was chosen, and the rest as it is for everybody."""
        return cls(
            **{
                kind: ChannelsShape(**{channel: is_wanted(chosen, kind, channel) for channel in CHANNELS})
                for kind in KINDS
            }
        )
