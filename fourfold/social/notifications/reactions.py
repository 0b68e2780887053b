"""What people are notified of when others tell: each does nothing more when it is done twice."""

from collections.abc import Collection, Sequence
from uuid import UUID

from fourfold.contracts.social import (
    CommentDeleted,
    CommentWritten,
    FollowRequested,
    FriendshipEnded,
    FriendshipMade,
    FriendshipRequested,
    PersonBlocked,
    PersonFollowed,
    PersonUnfollowed,
    PollClosed,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostPurged,
    PostReposted,
    ReactionGiven,
    ReactionTaken,
)
from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, not_one_of, one_of
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.notifications.judge import Claim, judge
from fourfold.social.notifications.record import Occurrence, forget_about, record, retract
from fourfold.social.notifications.rules import POLL, Kind
from fourfold.social.posts.queries import posts_by_id
from fourfold.social.reactions.queries import reactions_by

reactions = Reactions("social.notifications")


@reactions.on(PostPublished)
async def notify_of_post(work: Work, told: PostPublished) -> None:
    """Whoever a post quotes, and those whom it mentions."""
    mentioned = set(told.mentions)
    if told.of_author is not None:
        mentioned.discard(told.of_author)
        sources = [told.post_id]
        quote = Occurrence(
            told.of_author, "quote", told.author_id, told.post_id, post=told.post_id, sources=sources
        )  # fmt: skip
        await _tell(work, quote, told.event_id)
    await _tell_mentioned(work, told.post_id, told.author_id, mentioned, told.event_id)


@reactions.on(PostEdited)
async def notify_of_edit(work: Work, told: PostEdited) -> None:
    """Those whom a post mentions now; those whom it mentions no longer are not told of it any more."""
    gone = {"kind": "mention", "object": told.post_id, "to": not_one_of(sorted(told.mentions))}
    await retract(work, gone, told.event_id)
    await _tell_mentioned(work, told.post_id, told.author_id, set(told.mentions), told.event_id)


@reactions.on(PostDeleted)
async def take_post_back(work: Work, told: PostDeleted) -> None:
    """Nobody is told any more of what is gone, nor of what was done with it."""
    await retract(work, {"sources": told.post_id}, told.event_id)


@reactions.on(PostPurged)
async def forget_post(work: Work, told: PostPurged) -> None:
    """What is erased is erased here as well."""
    await forget_about(work, told.post_id)


@reactions.on(PollClosed)
async def notify_of_poll(work: Work, told: PollClosed) -> None:
    """Whoever has asked, and those who have voted."""
    what = Occurrence(told.to, POLL, told.author, told.poll_id, post=told.post_id, sources=[told.post_id])
    await _tell(work, what, told.event_id)


@reactions.on(PostReposted)
async def notify_of_repost(work: Work, told: PostReposted) -> None:
    """Whose post was passed on."""
    what = Occurrence(
        told.of_author, "repost", told.author_id, told.of, post=told.of, source=told.repost_id,
        sources=[told.of, told.repost_id],
    )  # fmt: skip
    await _tell(work, what, told.event_id)


@reactions.on(CommentWritten)
async def notify_of_comment(work: Work, told: CommentWritten) -> None:
    """Whom it answers to, whose post it is under, and whom it mentions: each of them once."""
    found = await posts_by_id(DocumentView(work.house, work.who), [told.post_id])
    kinds: dict[UUID, Kind] = dict.fromkeys(told.mentions, "mention")
    for post in found:
        kinds[post["author"]] = "comment"
    if told.parent_author is not None:
        kinds[told.parent_author] = "reply"
    sources = [told.post_id, told.comment_id]
    for to, kind in kinds.items():
        what = Occurrence(
            to, kind, told.author_id, told.comment_id, post=told.post_id, comment=told.comment_id, sources=sources
        )  # fmt: skip
        await _tell(work, what, told.event_id)


@reactions.on(CommentDeleted)
async def take_comment_back(work: Work, told: CommentDeleted) -> None:
    """Nobody is told any more of what is gone."""
    await retract(work, {"sources": told.comment_id}, told.event_id)


@reactions.on(ReactionGiven)
async def notify_of_reaction(work: Work, told: ReactionGiven) -> None:
    """Whose post or comment it is, unless it was taken back by now."""
    if await reactions_by(DocumentView(work.house, work.who), [told.target], [told.by]):
        await _tell(work, _reaction(told), told.event_id)


@reactions.on(ReactionTaken)
async def take_reaction_back(work: Work, told: ReactionTaken) -> None:
    """The count goes down, and the last one takes the notification along."""
    await retract(work, _reaction(told).key, told.event_id)


@reactions.on(PersonFollowed)
async def notify_of_follow(work: Work, told: PersonFollowed) -> None:
    """Who is followed; of a request for that there is nothing more to be told."""
    await retract(work, {"to": told.person, "kind": "follow_request", "actor": told.by}, told.event_id)
    await _tell(work, _follow(told), told.event_id)


@reactions.on(PersonUnfollowed)
async def take_follow_back(work: Work, told: PersonUnfollowed) -> None:
    """Nobody is told of a follower whom they have no more, nor of a request that was withdrawn."""
    gone = {"to": told.person, "kind": one_of(["follow", "follow_request"]), "actor": told.by}
    await retract(work, gone, told.event_id)


@reactions.on(FollowRequested)
async def notify_of_follow_request(work: Work, told: FollowRequested) -> None:
    """Who is to decide on it; of a request that was withdrawn or declined before, nothing is told any more."""
    await retract(work, {"to": told.person, "kind": "follow_request", "actor": told.by}, told.event_id)
    await _tell(work, Occurrence(told.person, "follow_request", told.by, told.request_id), told.event_id)


@reactions.on(FriendshipRequested)
async def notify_of_request(work: Work, told: FriendshipRequested) -> None:
    """Who is asked."""
    await _tell(work, Occurrence(told.person, "friend_request", told.by, told.request_id), told.event_id)


@reactions.on(FriendshipMade)
async def notify_of_friendship(work: Work, told: FriendshipMade) -> None:
    """Who had asked; what the other one was told of that request is done with."""
    await retract(work, {"to": told.by, "kind": "friend_request", "actor": told.person}, told.event_id)
    await _tell(work, Occurrence(told.person, "friend", told.by, told.request_id), told.event_id)


@reactions.on(FriendshipEnded)
async def take_friendship_back(work: Work, told: FriendshipEnded) -> None:
    """Also when the request was declined or withdrawn."""
    kinds = one_of(["friend_request", "friend"])
    for to, actor in ((told.by, told.person), (told.person, told.by)):
        await retract(work, {"to": to, "actor": actor, "kind": kinds}, told.event_id)


@reactions.on(PersonBlocked)
async def part(work: Work, told: PersonBlocked) -> None:
    """Neither keeps anything that tells of the other."""
    pair = either({"to": told.by, "actor": told.person}, {"to": told.person, "actor": told.by})
    await retract(work, pair, told.event_id)


async def _tell_mentioned(work: Work, post_id: UUID, author: UUID, mentions: Collection[UUID], told: UUID) -> None:
    for to in sorted(mentions):
        what = Occurrence(to, "mention", author, post_id, post=post_id, sources=[post_id])
        await _tell(work, what, told)


async def _tell(work: Work, what: Occurrence, told: UUID) -> None:
    """Keeps it for them, unless it is their own doing, or not for them."""
    if what.to == what.actor and what.kind != POLL:
        return
    claim = Claim(what.kind, what.actor, what.post, what.comment, what.source)
    judged = await judge(DocumentView(work.house, work.who), what.to, [claim])
    if judged.allows(claim):
        await record(work, what, told)


def _reaction(told: ReactionGiven | ReactionTaken) -> Occurrence:
    comment = told.target if told.target_kind == "comment" else None
    sources: Sequence[UUID] = list(dict.fromkeys([told.target, told.post_id]))
    return Occurrence(
        told.author, "reaction", told.by, told.target, post=told.post_id, comment=comment, sources=sources
    )


def _follow(told: PersonFollowed | PersonUnfollowed) -> Occurrence:
    return Occurrence(told.person, "follow", told.by, told.person)
