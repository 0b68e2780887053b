"""What the social system tells others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from fourfold.ground.outbox import Event


class PostPublished(Event):
    """A post, or a quote, can be read by those whom it is for; `of` and `of_author` are what a quote refers to."""

    type: ClassVar[str] = "social.post.published"
    post_id: UUID
    author_id: UUID
    mentions: Sequence[UUID] = ()
    of: UUID | None = None
    of_author: UUID | None = None

    @property
    def subject_id(self) -> UUID:
        """The post."""
        return self.post_id


class PostEdited(Event):
    """A published post has changed: its text, or whom it is for; `mentions` are those it names now."""

    type: ClassVar[str] = "social.post.edited"
    post_id: UUID
    author_id: UUID
    version: int
    mentions: Sequence[UUID] = ()

    @property
    def subject_id(self) -> UUID:
        """The post."""
        return self.post_id


class PostDeleted(Event):
    """A post is gone, or a repost was taken back."""

    type: ClassVar[str] = "social.post.deleted"
    post_id: UUID
    author_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The post."""
        return self.post_id


class PostPurged(Event):
    """What was left of a deleted post is erased: whoever keeps something about it erases that too."""

    type: ClassVar[str] = "social.post.purged"
    post_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The post."""
        return self.post_id


class PostReposted(Event):
    """A person passes a post on; `repost_id` is a post of its own, `of` the one passed on, `of_author` who wrote it."""

    type: ClassVar[str] = "social.post.reposted"
    repost_id: UUID
    author_id: UUID
    of: UUID
    of_author: UUID

    @property
    def subject_id(self) -> UUID:
        """The repost."""
        return self.repost_id


class PollClosed(Event):
    """A poll has ended, which `to` is told: its author, or one of those who have voted."""

    type: ClassVar[str] = "social.poll.closed"
    post_id: UUID
    poll_id: UUID
    author: UUID
    to: UUID

    @property
    def subject_id(self) -> UUID:
        """The post."""
        return self.post_id


class PersonFollowed(Event):
    """A person follows another one from now on: at once, or because their request was accepted."""

    type: ClassVar[str] = "social.person.followed"
    by: UUID
    person: UUID

    @property
    def subject_id(self) -> UUID:
        """Who follows."""
        return self.by


class PersonUnfollowed(Event):
    """A person follows another one no longer."""

    type: ClassVar[str] = "social.person.unfollowed"
    by: UUID
    person: UUID

    @property
    def subject_id(self) -> UUID:
        """Who followed."""
        return self.by


class FollowRequested(Event):
    """A person asks to follow another one, who is protected."""

    type: ClassVar[str] = "social.person.follow_requested"
    by: UUID
    person: UUID
    request_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The request."""
        return self.request_id


class FriendshipRequested(Event):
    """A person asks another one to be friends."""

    type: ClassVar[str] = "social.friendship.requested"
    by: UUID
    person: UUID
    request_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The request."""
        return self.request_id


class FriendshipMade(Event):
    """Two are friends from now on: `by` has said yes to `person`, who had asked."""

    type: ClassVar[str] = "social.friendship.made"
    by: UUID
    person: UUID
    request_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The request."""
        return self.request_id


class FriendshipEnded(Event):
    """Two are friends no longer, or a request for it was declined or withdrawn."""

    type: ClassVar[str] = "social.friendship.ended"
    by: UUID
    person: UUID

    @property
    def subject_id(self) -> UUID:
        """Who has ended it."""
        return self.by


class PersonBlocked(Event):
    """Two people are not there for each other from now on."""

    type: ClassVar[str] = "social.person.blocked"
    by: UUID
    person: UUID

    @property
    def subject_id(self) -> UUID:
        """Who blocks."""
        return self.by


class PersonUnblocked(Event):
    """A person blocks another one no longer."""

    type: ClassVar[str] = "social.person.unblocked"
    by: UUID
    person: UUID

    @property
    def subject_id(self) -> UUID:
        """Who blocked."""
        return self.by


class CommentWritten(Event):
    """A comment can be read by those who see its post; `parent_author` wrote what it answers to, if not the post."""

    type: ClassVar[str] = "social.comment.written"
    comment_id: UUID
    post_id: UUID
    author_id: UUID
    parent_author: UUID | None = None
    mentions: Sequence[UUID] = ()

    @property
    def subject_id(self) -> UUID:
        """The comment."""
        return self.comment_id


class CommentDeleted(Event):
    """A comment is gone."""

    type: ClassVar[str] = "social.comment.deleted"
    comment_id: UUID
    post_id: UUID
    author_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The comment."""
        return self.comment_id


class ReactionGiven(Event):
    """A person reacts to a post or a comment, or reacts otherwise than before; `author` is whose it is."""

    type: ClassVar[str] = "social.reaction.given"
    target_kind: Literal["post", "comment"]
    target: UUID
    post_id: UUID
    by: UUID
    kind: str
    author: UUID

    @property
    def subject_id(self) -> UUID:
        """What they react to."""
        return self.target


class ReactionTaken(Event):
    """A person has taken their reaction back."""

    type: ClassVar[str] = "social.reaction.taken"
    target_kind: Literal["post", "comment"]
    target: UUID
    post_id: UUID
    by: UUID
    author: UUID

    @property
    def subject_id(self) -> UUID:
        """What they had reacted to."""
        return self.target


class ReportMade(Event):
    """Something of somebody's (`about`) was reported to the moderators, or again after that was closed.

    Who has reported it is not told: that is for those who decide on it.
    """

    type: ClassVar[str] = "social.report.made"
    report_id: UUID
    kind: Literal["person", "post", "comment", "message"]
    target: UUID
    about: UUID
    reason: str

    @property
    def subject_id(self) -> UUID:
        """The report."""
        return self.report_id


class ReportClosed(Event):
    """A moderator has decided on a report: nothing is wrong (dismissed), or something was done (acted)."""

    type: ClassVar[str] = "social.report.closed"
    report_id: UUID
    kind: Literal["person", "post", "comment", "message"]
    target: UUID
    about: UUID
    outcome: Literal["dismissed", "acted"]

    @property
    def subject_id(self) -> UUID:
        """The report."""
        return self.report_id


class NotificationsChanged(Event):
    """What a person is notified of has changed: their list and their badge are to be read again."""

    type: ClassVar[str] = "social.notifications.changed"
    person_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The person."""
        return self.person_id


@dataclass(frozen=True, slots=True)
class PushNote:
    """A message for a device: `token` is what the provider knows it by; of two with the same `seq` one is shown."""

    tenant_id: UUID
    provider: str
    token: str
    text: str
    unread: int
    seq: int


class Pushes(Protocol):
    """Brings messages to devices, through whoever reaches them."""

    async def push(self, note: PushNote) -> bool:
        """Hands a message over; False when the device is no more. Raises when it should be tried again."""
