"""What the social system tells others."""

from collections.abc import Sequence
from typing import ClassVar
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
